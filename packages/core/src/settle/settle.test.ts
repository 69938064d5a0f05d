import { describe, expect, it } from 'vitest';
import {
  asks,
  createDeferred,
  createScene,
  done,
  type Scene,
  type SceneOptions,
  schemaOf,
  scope,
  thrownBy,
  until,
} from '../../test/fixtures.ts';
import {
  type AsyncToolDefinition,
  cancel,
  createAsyncFunctionResponse,
  type DispatchContext,
  expiry,
  type PolicyQuestion,
  quarantinedResults,
  settle,
  settlementOf,
  toOutcome,
  type Verdict,
} from '../index.ts';

/** `{ url: string, size?: number }`: adds the default of `size` and drops all other fields. */
const resultSchema = schemaOf((value) => {
  if (typeof value !== 'object' || value === null) throw [{ message: 'must be an object' }];
  const { url, size = 0 } = value as Record<string, unknown>;
  const issues = [
    ...(typeof url === 'string' ? [] : [{ path: ['url'], message: 'must be a string' }]),
    ...(typeof size === 'number' ? [] : [{ path: [{ key: 'size' }], message: 'must be a number' }]),
  ];
  if (issues.length > 0) throw issues;
  return { url, size };
});

/** A scene with one pending task of `render`. */
async function createPending(tool: Partial<AsyncToolDefinition> = {}, options: SceneOptions = {}) {
  const tokens: string[] = [];
  const dispatch = (_: unknown, { callback }: DispatchContext) => {
    tokens.push(callback?.token ?? '');
  };
  const scene = createScene({
    callbackUrl: 'https://app.example/cb',
    ...options,
    tools: { render: { dispatch, ...tool }, send: {} },
  });
  const request = await scene.dispatch();
  return { scene, request, id: request.id, token: tokens[0] ?? '' };
}

const workingStill = async (scene: Scene, id: string) => {
  const task = await scene.task(id);
  return task.status === 'working' && task.settlement === undefined;
};

describe('the verdict of settle', () => {
  it('is accepted for the first outcome, with the task', async () => {
    const { scene, id } = await createPending();
    const verdict = await scene.complete(id, { url: 'u' });
    expect(verdict).toMatchObject({ verdict: 'accepted', id, task: { status: 'completed' } });
    expect(await scene.task(id)).toMatchObject({ status: 'completed', settlement: done({ url: 'u' }) });
  });

  it.each([null, false, 0, ''])('is accepted for the result %j', async (result) => {
    const { scene, id } = await createPending();
    expect((await scene.complete(id, result)).verdict).toBe('accepted');
    expect((await scene.task(id)).settlement).toEqual({ status: 'completed', result });
  });

  it.each([
    { status: 'failed', error: { message: 'no' } },
    { status: 'cancelled', reason: 'enough' },
  ])('is accepted for the outcome %j', async (outcome) => {
    const { scene, id } = await createPending({ resultSchema });
    expect((await scene.settle(id, outcome)).verdict).toBe('accepted');
    expect((await scene.task(id)).status).toBe(outcome.status);
  });

  it('is duplicate for the same outcome again', async () => {
    const { scene, id } = await createPending();
    await scene.complete(id, { a: 1, b: 2 });
    expect((await scene.complete(id, { b: 2, a: 1 })).verdict).toBe('duplicate');
  });

  it('is conflict for another outcome, and the first one stays', async () => {
    const { scene, id } = await createPending();
    await scene.complete(id, 'first');
    expect((await scene.complete(id, 'second')).verdict).toBe('conflict');
    expect((await scene.task(id)).settlement).toEqual(done('first'));
  });

  it('is late after the deadline although nothing was running', async () => {
    const { scene, id } = await createPending({ deadline: '15m' });
    await scene.clock.advance(900_000);
    expect((await scene.complete(id, 'u')).verdict).toBe('late');
  });

  it('is cancelled after a cancellation', async () => {
    const { scene, id } = await createPending();
    await cancel({ runtime: scene.runtime, tools: scene.tools, task: { scope, id } });
    expect((await scene.complete(id, 'u')).verdict).toBe('cancelled');
  });

  it.each(['task_nobody', ''])('is unknown for the id %j', async (id) => {
    const { scene } = await createPending();
    expect(await scene.complete(id, 'u')).toMatchObject({ verdict: 'unknown', id });
  });

  it('is unknown for a truncated id', async () => {
    const { scene, id } = await createPending();
    expect((await scene.complete(id.slice(0, -1), 'u')).verdict).toBe('unknown');
    expect(await workingStill(scene, id)).toBe(true);
  });

  it('is unknown for a handle: it is not an id', async () => {
    const { scene, request } = await createPending();
    expect((await scene.complete(request.handle, 'u')).verdict).toBe('unknown');
  });

  it('is unknown for an id of another scope', async () => {
    const { scene, id } = await createPending();
    const { runtime, tools } = scene;
    const foreign = { tenant: 'other', thread: scope.thread };
    const verdict = await settle({ runtime, tools, scope: foreign, id, outcome: done('u') });
    expect(verdict).toEqual({ verdict: 'unknown', id, message: expect.any(String) });
    expect(await workingStill(scene, id)).toBe(true);
  });

  it('is told to one of a hundred at once, whose value is stored', async () => {
    const { scene, id } = await createPending();
    const verdicts = await Promise.all(Array.from({ length: 100 }, (_, index) => scene.complete(id, index)));
    const winners = verdicts.flatMap(({ verdict }, index) => (verdict === 'accepted' ? [index] : []));
    expect(winners).toHaveLength(1);
    expect((await scene.task(id)).settlement).toEqual(done(winners[0] ?? -1));
    expect(verdicts.filter(({ verdict }) => verdict === 'conflict')).toHaveLength(99);
  });

  it.each<[Verdict, string]>([
    ['accepted', 'was accepted'],
    ['duplicate', 'stop sending it'],
    ['conflict', 'do not send again'],
    ['late', 'dispatch again if it is still wanted'],
    ['cancelled', 'stop the work'],
    ['unknown', 'in full'],
    ['unauthorized', 'was refused'],
    ['invalid', 'send a result that fits'],
  ])('%s names the id and says what to do', async (verdict, advice) => {
    const provoked: Record<Verdict, (scene: Scene, id: string) => Promise<unknown>> = {
      accepted: (scene, id) => scene.complete(id, { url: 'u' }),
      duplicate: async (scene, id) => {
        await scene.complete(id, { url: 'u' });
        return scene.complete(id, { url: 'u' });
      },
      conflict: async (scene, id) => {
        await scene.complete(id, { url: 'u' });
        return scene.complete(id, { url: 'v' });
      },
      late: async (scene, id) => {
        await scene.clock.advance(900_000);
        return scene.complete(id, { url: 'u' });
      },
      cancelled: async (scene, id) => {
        await scene.settle(id, { status: 'cancelled' });
        return scene.complete(id, { url: 'u' });
      },
      unknown: (scene, id) => settle({ ...scene, scope: { thread: 'x' }, id, outcome: done('u') }),
      unauthorized: (scene, id) => settle({ ...scene, scope, id, outcome: done({ url: 'u' }), token: 'wrong' }),
      invalid: (scene, id) => scene.complete(id, 'no object'),
    };
    const { scene, id } = await createPending({ resultSchema, deadline: '15m' });
    const told = await provoked[verdict](scene, id);
    expect(told).toMatchObject({ verdict, message: expect.stringContaining(`"${id}"`) });
    expect(told).toMatchObject({ message: expect.stringContaining(advice) });
    expect(told !== null && typeof told === 'object' && 'task' in told).toBe(
      verdict !== 'unknown' && verdict !== 'unauthorized',
    );
  });
});

describe('the token of a callback', () => {
  const call = async (token: string | undefined, pick: 'scope' | 'no scope' = 'no scope') => {
    const pending = await createPending();
    const { runtime, tools } = pending.scene;
    const proof = { token: token === 'the right one' ? pending.token : token };
    const where = pick === 'scope' ? { scope } : {};
    const outcome = done('u');
    return { ...pending, verdict: await settle({ runtime, tools, id: pending.id, outcome, ...where, ...proof }) };
  };

  it('proves the sender, who needs no scope', async () => {
    expect((await call('the right one')).verdict.verdict).toBe('accepted');
  });

  it.each([undefined, '', 'wrong'])('is refused as %j, without a word about the task', async (token) => {
    const { scene, id, verdict } = await call(token);
    expect(verdict).toEqual({ verdict: 'unauthorized', id, message: expect.any(String) });
    expect(await workingStill(scene, id)).toBe(true);
    expect(scene.reported('task.refused')).toEqual(['unauthorized']);
  });

  it('is not its own hash', async () => {
    const { scene, id } = await createPending();
    const [hash] = (await scene.task(id)).tokenHashes;
    const { runtime, tools } = scene;
    expect((await settle({ runtime, tools, id, outcome: done('u'), token: hash })).verdict).toBe('unauthorized');
  });

  it('is not that of another task', async () => {
    const { scene, id } = await createPending();
    const other = await createPending({}, { store: scene.store, clock: scene.clock });
    const { runtime, tools } = scene;
    const two = await scene.dispatch({ turn: 'turn_2' });
    expect(two.id).not.toBe(id);
    const told = await settle({ runtime, tools, id: two.id, outcome: done('u'), token: other.token });
    expect(told.verdict).toBe('unauthorized');
  });

  it('is refused for a task that was dispatched without a callback', async () => {
    const scene = createScene();
    const { id } = await scene.dispatch();
    const { runtime, tools } = scene;
    expect((await settle({ runtime, tools, id, outcome: done('u'), token: '' })).verdict).toBe('unauthorized');
  });

  it('is checked before the result: a stranger learns nothing of the schema', async () => {
    const { scene, id } = await createPending({ resultSchema });
    const { runtime, tools } = scene;
    expect((await settle({ runtime, tools, id, outcome: done(7), token: 'wrong' })).verdict).toBe('unauthorized');
  });
});

describe('a response', () => {
  it('settles the task that it names', async () => {
    const { scene, request, id } = await createPending();
    const { runtime, tools } = scene;
    const response = createAsyncFunctionResponse({ request, result: 'u', clock: scene.clock });
    expect((await settle({ runtime, tools, scope, response })).verdict).toBe('accepted');
    expect((await scene.task(id)).settlement).toEqual(done('u'));
  });

  it.each([
    ['tool', { callId: 'c1', name: 'send' }, 'names tool "send"'],
    ['call', { callId: 'c9', name: 'render' }, 'names call "c9"'],
  ])('that names another %s is invalid, and the task goes on', async (_, functionCall, problem) => {
    const { scene, request, id } = await createPending();
    const { runtime, tools } = scene;
    const response = { ...createAsyncFunctionResponse({ request, result: 'u' }), functionCall };
    const told = await settle({ runtime, tools, scope, response });
    expect(told.verdict).toBe('invalid');
    expect(told.message).toContain(problem);
    expect(told.message).toContain(id);
    expect(await workingStill(scene, id)).toBe(true);
  });

  it('may name the call of a re-run that joined the task', async () => {
    const { scene, request } = await createPending();
    await scene.dispatch({ callId: 'c2' });
    const { runtime, tools } = scene;
    const functionCall = { callId: 'c2', name: 'render' };
    const response = { ...createAsyncFunctionResponse({ request, result: 'u' }), functionCall };
    expect((await settle({ runtime, tools, scope, response })).verdict).toBe('accepted');
  });

  it.each([undefined, null, 'text', [], {}, { type: 'async-function-response', v: 1, id: 'task_1' }])(
    'that is none is invalid and does not throw (case %#)',
    async (response) => {
      const { scene } = await createPending();
      const { runtime, tools } = scene;
      expect((await settle({ runtime, tools, scope, response })).verdict).toBe('invalid');
    },
  );
});

describe('an outcome that is none', () => {
  it.each([undefined, null, 'completed', {}, { status: 'working' }, { status: 'completed' }, { status: 'failed' }])(
    'is invalid, and a right answer is accepted afterwards (case %#)',
    async (outcome) => {
      const { scene, id } = await createPending();
      expect(await scene.settle(id, outcome)).toMatchObject({ verdict: 'invalid', id });
      expect(await workingStill(scene, id)).toBe(true);
      expect((await scene.complete(id, 'u')).verdict).toBe('accepted');
    },
  );

  it.each([
    ['a BigInt', { size: 1n }, '$.size is a bigint'],
    ['a Date', { at: new Date(0) }, '$.at is an instance of Date'],
  ])('is invalid with %s in its result, and says where', async (_, result, where) => {
    const { scene, id } = await createPending();
    const told = await scene.settle(id, { status: 'completed', result });
    expect(told.verdict).toBe('invalid');
    expect(told.message).toContain(where);
    expect(await workingStill(scene, id)).toBe(true);
  });

  it.each([
    ['a BigInt for a status', { status: 1n }],
    ['a BigInt for a message', { status: 'failed', error: { message: 1n } }],
  ])('is invalid with %s, and does not throw', async (_, outcome) => {
    const { scene, id } = await createPending();
    expect((await scene.settle(id, outcome)).verdict).toBe('invalid');
  });

  it('is invalid as withheld, which only the policy decides', async () => {
    const { scene, id } = await createPending();
    const told = await scene.settle(id, { status: 'withheld' });
    expect(told).toMatchObject({ verdict: 'invalid', message: expect.stringContaining('only the policy decides') });
    expect(await workingStill(scene, id)).toBe(true);
  });
});

describe('the resultSchema', () => {
  it('refuses what does not fit, names the issues, and the right answer is accepted afterwards', async () => {
    const { scene, id } = await createPending({ resultSchema });
    const told = await scene.complete(id, { url: 7, size: 'big' });
    expect(told.verdict).toBe('invalid');
    expect(told.message).toContain('result.url: must be a string');
    expect(told.message).toContain('result.size: must be a number');
    expect(await workingStill(scene, id)).toBe(true);
    expect((await scene.complete(id, { url: 'u' })).verdict).toBe('accepted');
  });

  it('names the whole result where no field is to blame', async () => {
    const { scene, id } = await createPending({ resultSchema });
    expect((await scene.complete(id, 'u')).message).toContain(': result: ');
  });

  it('makes the result that counts, with defaults and without unknown fields', async () => {
    const { scene, id } = await createPending({ resultSchema });
    await scene.complete(id, { url: 'u', secret: 'not ours' });
    expect((await scene.task(id)).settlement).toEqual(done({ url: 'u', size: 0 }));
  });

  it('finds the same result sent again a duplicate', async () => {
    const { scene, id } = await createPending({ resultSchema });
    await scene.complete(id, { url: 'u' });
    expect((await scene.complete(id, { url: 'u', more: 1 })).verdict).toBe('duplicate');
  });

  it('is not asked about a failure', async () => {
    const { scene, id } = await createPending({ resultSchema });
    expect((await scene.settle(id, { status: 'failed', error: { message: 'no' } })).verdict).toBe('accepted');
  });

  it('that makes something else than JSON is to blame itself', async () => {
    const { scene, id } = await createPending({ resultSchema: schemaOf(() => ({ at: new Date(0) })) });
    const told = await scene.complete(id, { at: '2026-01-01' });
    expect(told.verdict).toBe('invalid');
    expect(told.message).toContain('The resultSchema of "render" gives no JSON');
  });

  it('that throws leaves the task working, and what it said is for the audit alone', async () => {
    const broken = schemaOf(() => {
      throw new Error('schema is down');
    });
    const { scene, id } = await createPending({ resultSchema: broken });
    const told = await scene.complete(id, 'u');
    expect(told.verdict).toBe('invalid');
    expect(told.message).toContain('could not be checked by the resultSchema of "render"');
    expect(told.message).not.toContain('schema is down');
    expect(scene.reported('task.refused')).toEqual(['resultSchema failed: schema is down', 'invalid']);
    expect(await workingStill(scene, id)).toBe(true);
  });

  it('may take its time', async () => {
    const slow = schemaOf(async (text) => {
      if (text !== 'right') throw [{ message: 'must be right' }];
      return text;
    });
    const { scene, id } = await createPending({ resultSchema: slow });
    expect((await scene.complete(id, 'wrong')).verdict).toBe('invalid');
    expect((await scene.complete(id, 'right')).verdict).toBe('accepted');
  });

  it.each([
    ['conflict', done({ url: 'u' })],
    ['cancelled', { status: 'cancelled' }],
  ])('is of no matter once another outcome won: what does not fit is %s', async (verdict, outcome) => {
    const { scene, id } = await createPending({ resultSchema });
    await scene.settle(id, outcome);
    expect((await scene.complete(id, 7)).verdict).toBe(verdict);
  });

  it('is of no matter once the task has expired: what does not fit is late', async () => {
    const { scene, id } = await createPending({ resultSchema, deadline: '15m' });
    await scene.clock.advance(900_000);
    await scene.store.expireDue({ now: scene.clock.now() });
    expect((await scene.complete(id, 7)).verdict).toBe('late');
  });
});

describe('a tool that is not among the tools', () => {
  const without = async () => {
    const { scene, id } = await createPending();
    return { scene, id, runtime: scene.runtime, tools: new Map(), scope };
  };

  it('has its results refused: nobody could check them', async () => {
    const { id, scene, ...given } = await without();
    const told = await settle({ ...given, id, outcome: done('u') });
    expect(told).toMatchObject({ verdict: 'invalid', message: expect.stringContaining('tool "render"') });
    expect(await workingStill(scene, id)).toBe(true);
  });

  it('may have its tasks fail', async () => {
    const { id, scene: _, ...given } = await without();
    const outcome = { status: 'failed', error: { message: 'no' } };
    expect((await settle({ ...given, id, outcome })).verdict).toBe('accepted');
  });
});

describe('the policy on arrival', () => {
  it('is asked with the task and the outcome, as the schema made it', async () => {
    const questions: PolicyQuestion[] = [];
    const authorize = (question: PolicyQuestion) => {
      questions.push(question);
      return true;
    };
    const { scene, id } = await createPending({ resultSchema }, { policy: { authorize } });
    await scene.complete(id, { url: 'u' });
    expect(questions).toMatchObject([{ at: 'arrival', task: { id }, outcome: done({ url: 'u', size: 0 }) }]);
  });

  it('that says no ends the task without the result, which people find in quarantine', async () => {
    let allowed = false;
    const { scene, id } = await createPending({}, { policy: { authorize: async () => allowed } });
    expect(await scene.complete(id, 'u')).toEqual({ verdict: 'unauthorized', id, message: expect.any(String) });
    expect(toOutcome(settlementOf(await scene.task(id)) ?? expiry())).toEqual({ status: 'withheld' });
    expect(await quarantinedResults(scene.runtime, scope)).toMatchObject([
      { id, toolName: 'render', reason: 'unauthorized', outcome: { status: 'completed', result: 'u' } },
    ]);
    allowed = true;
    expect((await scene.complete(id, 'u')).verdict).toBe('unauthorized');
  });

  it('that says no with a reason has the model told it, and the audit what was permitted then and now', async () => {
    const policy = {
      permissions: () => ({ reports: true }),
      authorize: () => ({ allow: false, reason: 'consent was revoked', permissions: { reports: false } }),
    };
    const { scene, id } = await createPending({}, { policy });
    await scene.complete(id, 'u');
    expect(settlementOf(await scene.task(id))).toMatchObject({ error: { message: 'consent was revoked' } });
    expect(scene.events.find(({ type }) => type === 'task.quarantined')).toMatchObject({
      permissions: { atDispatch: { reports: true }, now: { reports: false } },
    });
  });

  it('that throws loses nothing: the outcome is taken, and asked about again by the next run', async () => {
    const directory: { down: boolean } = { down: true };
    const authorize = () => {
      if (directory.down) throw new Error('directory is down');
      return true;
    };
    const results: unknown[] = [];
    const onResult = (result: unknown) => {
      results.push(result);
      return result;
    };
    const { scene, id } = await createPending({ onResult }, { policy: { authorize } });
    expect((await scene.complete(id, 'u')).verdict).toBe('accepted');
    expect(scene.reported('policy.failed')).toEqual(['directory is down']);
    expect(await scene.task(id)).toMatchObject({ status: 'working', phase: 'authorizing' });
    expect((await scene.complete(id, 'u')).verdict).toBe('duplicate');
    expect((await scene.complete(id, 'v')).verdict).toBe('conflict');
    await scene.begin([asks()]);
    expect([(await scene.task(id)).phase, results]).toEqual(['authorizing', []]);
    directory.down = false;
    await scene.begin([asks()]);
    expect([(await scene.task(id)).status, results]).toEqual(['completed', ['u']]);
  });

  it('that never answers counts as failed after its time', async () => {
    const authorize = () => new Promise<boolean>(() => {});
    const { scene, id } = await createPending({}, { policy: { authorize }, policyTimeout: '3s' });
    const told = scene.complete(id, 'u');
    await until(() => scene.clock.waiting > 0);
    await scene.clock.advance(3_000);
    expect((await told).verdict).toBe('accepted');
    expect(scene.reported('policy.failed')).toEqual([expect.stringContaining('3000 ms')]);
    expect((await scene.task(id)).phase).toBe('authorizing');
  });

  it('that has changed its mind when it can be asked withholds the result', async () => {
    let answer: (() => boolean) | undefined;
    const authorize = () => {
      if (answer === undefined) throw new Error('directory is down');
      return answer();
    };
    const { scene, id } = await createPending({}, { policy: { authorize } });
    await scene.complete(id, 'u');
    answer = () => false;
    await scene.begin([asks()]);
    expect(toOutcome(settlementOf(await scene.task(id)) ?? expiry())).toEqual({ status: 'withheld' });
    expect(await quarantinedResults(scene.runtime, scope)).toMatchObject([{ id, outcome: { result: 'u' } }]);
  });

  it('is not asked about what the schema refuses', async () => {
    let asked = 0;
    const authorize = () => {
      asked += 1;
      return true;
    };
    const { scene, id } = await createPending({ resultSchema }, { policy: { authorize } });
    await scene.complete(id, 7);
    expect(asked).toBe(0);
  });
});

describe('onResult', () => {
  it('makes the result that counts, from the result that the schema made', async () => {
    const onResult = async (result: unknown, task: { id: string }) => ({ result, of: task.id });
    const { scene, id } = await createPending({ resultSchema, onResult });
    const told = await scene.complete(id, { url: 'u' });
    expect(told.task).toMatchObject({
      status: 'completed',
      settlement: done({ url: 'u', size: 0 }),
      finalSettlement: done({ result: { url: 'u', size: 0 }, of: id }),
    });
  });

  it.each([
    ['equal', ['u', 'u'], ['accepted', 'duplicate']],
    ['different', ['u', 'v'], ['accepted', 'conflict']],
  ])('runs once for two racing outcomes that are %s', async (_, sent, verdicts) => {
    let runs = 0;
    const onResult = async (result: unknown) => {
      runs += 1;
      return result;
    };
    const { scene, id } = await createPending({ onResult });
    const told = await Promise.all(sent.map((result) => scene.complete(id, result)));
    expect(told.map(({ verdict }) => verdict).sort()).toEqual(verdicts);
    expect(runs).toBe(1);
  });

  it('runs after the outcome has won, and the task is working until it is over', async () => {
    const mayEnd = createDeferred();
    let begun = false;
    const onResult = async (result: unknown) => {
      begun = true;
      await mayEnd.promise;
      return result;
    };
    const { scene, id } = await createPending({ onResult });
    const settling = scene.complete(id, 'u');
    await until(() => begun);
    expect(await scene.task(id)).toMatchObject({ status: 'working', phase: 'settling', settlement: done('u') });
    expect((await scene.complete(id, 'v')).verdict).toBe('conflict');
    mayEnd.resolve();
    expect((await settling).task).toMatchObject({ status: 'completed' });
  });

  it('that throws makes the task failed, with its message', async () => {
    const onResult = () => {
      throw new Error('no disk left');
    };
    const { scene, id } = await createPending({ onResult });
    const told = await scene.complete(id, 'u');
    expect(told.verdict).toBe('accepted');
    expect(told.task).toMatchObject({
      status: 'failed',
      finalSettlement: { status: 'failed', error: { code: 'on_result_failed', message: 'no disk left' } },
    });
  });

  it('that throws is reported as the failure that it makes of the task', async () => {
    const onResult = () => {
      throw new Error('checksum differs');
    };
    const { scene, id } = await createPending({ onResult });
    await scene.complete(id, 'u');
    expect(scene.reported('task.settled')).toEqual(['failed']);
  });

  it('that gives something else than JSON makes the task failed, and says where', async () => {
    const { scene, id } = await createPending({ onResult: () => ({ at: new Date(0) }) });
    const told = await scene.complete(id, 'u');
    expect(told.task).toMatchObject({
      status: 'failed',
      finalSettlement: { error: { message: expect.stringContaining('$.at is an instance of Date') } },
    });
  });

  it.each([null, false, 0, '', undefined])('may make %j of a result', async (made) => {
    const { scene, id } = await createPending({ onResult: () => made });
    const told = await scene.complete(id, 'u');
    expect(told.task?.finalSettlement).toEqual({ status: 'completed', result: made ?? null });
  });

  it.each([{ status: 'failed', error: { message: 'no' } }, { status: 'cancelled' }, { status: 'expired' }])(
    'does not run for %j',
    async (outcome) => {
      let runs = 0;
      const { scene, id } = await createPending({ onResult: () => (runs += 1) });
      await scene.settle(id, outcome);
      expect(runs).toBe(0);
    },
  );

  it('does not run again for a duplicate', async () => {
    let runs = 0;
    const { scene, id } = await createPending({ onResult: () => (runs += 1) });
    await scene.complete(id, 'u');
    await scene.complete(id, 'u');
    expect(runs).toBe(1);
  });
});

describe('what settle reports', () => {
  it('is the outcome that won, and every refusal with its verdict', async () => {
    const { scene, id } = await createPending({ resultSchema });
    await scene.complete(id, 7);
    await scene.complete(id, { url: 'u' });
    await scene.complete(id, { url: 'u' });
    await scene.complete(id, { url: 'v' });
    await scene.complete('task_nobody', 'u');
    expect(scene.reported('task.settled')).toEqual(['completed']);
    expect(scene.reported('task.refused')).toEqual(['invalid', 'duplicate', 'conflict']);
  });

  it('is not swallowed when the audit fails: no verdict without its record', async () => {
    const audit = () => Promise.reject(new Error('audit is down'));
    const { scene, id } = await createPending();
    const runtime = createScene({ store: scene.store, clock: scene.clock, audit }).runtime;
    const error = await thrownBy(() => settle({ runtime, tools: scene.tools, scope, id, outcome: done('u') }));
    expect(error).toEqual(new Error('audit is down'));
  });
});
