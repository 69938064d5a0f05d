import { describe, expect, it } from 'vitest';
import {
  answers,
  asks,
  converse,
  createScene,
  done,
  latecallOf,
  pendingChat,
  render,
  restarted,
  type SceneOptions,
  schemaOf,
  scope,
} from '../../test/fixtures.ts';
import { type AsyncToolDefinition, type PolicyQuestion, settle, tell } from '../index.ts';

const minute = 60_000;

/** A tool that accepts late results, and one pending call of it. */
async function pending(tool: Partial<AsyncToolDefinition> = {}, options: SceneOptions = {}) {
  const scene = createScene({ ...options, tools: { render: { deadline: '1m', lateResult: 'accept', ...tool } } });
  return { scene, ...(await pendingChat(scene)) };
}

/** The same, after the model was told at the deadline that nothing has come. */
async function toldOverdue(tool: Partial<AsyncToolDefinition> = {}, options: SceneOptions = {}) {
  const { scene, request, messages } = await pending(tool, options);
  await scene.clock.advance(minute);
  const told = await converse(scene, messages);
  return { scene, request, ...told };
}

describe('a tool that accepts late results', () => {
  it('has the model told at the deadline that nothing has come and that a result may still come', async () => {
    const { shown, request, scene } = await toldOverdue();
    expect(shown[2]).toMatch(`tool c1 ${request.handle} {`);
    const { consumption } = await scene.task(request.id);
    if (consumption === undefined) throw new Error('The model was told nothing.');
    expect(tell(consumption)).toEqual({
      kind: 'error',
      text: 'Overdue: the deadline passed and there is no result. One may still come; it will then be given to you. Do not guess it.',
    });
  });

  it('has the result told later, under a handle of its own, behind whatever the conversation has come to', async () => {
    const { scene, request, shown, messages } = await toldOverdue();
    const moved = await converse(scene, [...messages, asks('What else?')]);
    expect(await scene.complete(request.id, 'u')).toMatchObject({ verdict: 'accepted', id: request.id });
    const { shown: then } = await converse(scene, moved.messages);
    expect(then).toEqual([
      ...shown,
      'assistant Fine.',
      'user What else?',
      'assistant Fine.',
      `append late_${request.handle}_late ${request.handle}_late {"result":"u","status":"completed"}`,
    ]);
  });

  it('has the late result told once, and in the same place ever after', async () => {
    const { scene, request, messages } = await toldOverdue();
    await scene.complete(request.id, 'u');
    const first = await converse(scene, messages);
    const second = await converse(scene, [...first.messages, asks('And?')]);
    expect(second.shown).toEqual([...first.shown, 'assistant Fine.', 'user And?']);
    expect(second.shown.filter((line) => line.includes('"u"'))).toHaveLength(1);
  });

  it('has the late result told although it comes to another process', async () => {
    const { scene, request, messages } = await toldOverdue();
    const other = restarted(scene);
    expect((await other.complete(request.id, 'u')).verdict).toBe('accepted');
    expect((await converse(restarted(scene), messages)).shown.at(-1)).toContain('"u"');
  });

  it('has a result that comes after the deadline but before anybody noticed told in place of its placeholder', async () => {
    const { scene, request, messages } = await pending();
    await scene.clock.advance(minute + 1);
    expect((await scene.complete(request.id, 'u')).verdict).toBe('accepted');
    expect((await converse(scene, messages)).shown.slice(2)).toEqual([
      `tool c1 ${request.handle} {"result":"u","status":"completed"}`,
    ]);
  });

  it('finds the same late result again a duplicate, and another one a conflict', async () => {
    const { scene, request } = await toldOverdue();
    expect((await scene.complete(request.id, 'u')).verdict).toBe('accepted');
    expect((await scene.complete(request.id, 'u')).verdict).toBe('duplicate');
    expect((await scene.complete(request.id, 'v')).verdict).toBe('conflict');
    expect((await scene.task(`${request.id}.late`)).settlement).toEqual(done('u'));
  });

  it('accepts one of twenty late results at once', async () => {
    const { scene, request } = await toldOverdue();
    const attempts = Array.from({ length: 20 }, (_, index) => scene.complete(request.id, index));
    const verdicts = (await Promise.all(attempts)).map(({ verdict }) => verdict);
    expect(verdicts.filter((verdict) => verdict === 'accepted')).toHaveLength(1);
    expect(verdicts.filter((verdict) => verdict === 'conflict')).toHaveLength(19);
  });

  it('takes a signed response in the messages, and tells it once', async () => {
    const { scene, request, messages } = await toldOverdue();
    const response = await scene.respond(request, done('u'));
    const first = await converse(scene, [...messages, answers(response)]);
    expect(first.shown.filter((line) => line.includes('"u"'))).toEqual([
      `append late_${request.handle}_late ${request.handle}_late {"result":"u","status":"completed"}`,
    ]);
    const second = await converse(scene, [...first.messages, asks()]);
    expect(second.shown.slice(0, first.shown.length)).toEqual(first.shown);
    expect(scene.reported('task.refused')).toEqual([]);
  });

  it('refuses an unsigned response in the messages', async () => {
    const { scene, request, messages } = await toldOverdue();
    const { signature: _, ...response } = await scene.respond(request, done('u'));
    await expect(scene.begin([...messages, answers(response)])).rejects.toMatchObject({ code: 'response_refused' });
  });

  it('runs onResult on the late result', async () => {
    const { scene, request, messages } = await toldOverdue({ onResult: (result) => `checked ${result}` });
    await scene.complete(request.id, 'u');
    expect((await converse(scene, messages)).shown.at(-1)).toContain('checked u');
  });

  it('asks the policy about the late result on arrival', async () => {
    const asked: PolicyQuestion[] = [];
    const authorize = (question: PolicyQuestion) => {
      asked.push(question);
      return question.outcome.status !== 'completed';
    };
    const { scene, request, messages } = await toldOverdue({}, { policy: { authorize } });
    expect((await scene.complete(request.id, 'secret')).verdict).toBe('unauthorized');
    expect(asked.at(-1)).toMatchObject({ at: 'arrival', outcome: done('secret') });
    expect((await converse(scene, messages)).shown.join('\n')).not.toContain('secret');
  });

  it('asks the policy about the late result again when it is consumed', async () => {
    const allowed = { now: true };
    const { scene, request, messages } = await toldOverdue({}, { policy: { authorize: () => allowed.now } });
    await scene.complete(request.id, 'secret');
    allowed.now = false;
    const { shown } = await converse(scene, messages);
    expect(shown.at(-1)).toContain('{"status":"withheld"}');
  });

  it('goes on waiting when the late result does not fit', async () => {
    const resultSchema = schemaOf((value) => {
      if (typeof value !== 'string') throw [{ message: 'must be a string' }];
      return value;
    });
    const { scene, request } = await toldOverdue({ resultSchema });
    expect((await scene.complete(request.id, 7)).verdict).toBe('invalid');
    expect(await latecallOf(scene).quarantined(scope)).toEqual([]);
    expect((await scene.complete(request.id, 'u')).verdict).toBe('accepted');
  });

  it('has a result told that came in time to be taken, but expired while the policy was asked', async () => {
    const policy = {
      authorize: async ({ at, task }: PolicyQuestion) => {
        if (at === 'arrival' && task.sequelOf === undefined && scene !== undefined) {
          await scene.clock.advance(minute);
          await scene.store.expireDue({ now: scene.clock.now() });
        }
        return true;
      },
    };
    let scene: Awaited<ReturnType<typeof pending>>['scene'] | undefined;
    const chat = await pending({}, { policy });
    scene = chat.scene;
    expect(await scene.complete(chat.request.id, 'u')).toMatchObject({ verdict: 'accepted', id: chat.request.id });
    const { shown } = await converse(scene, chat.messages);
    expect(shown.at(-1)).toContain('"u"');
  });

  it('finds it no news that nothing has come', async () => {
    const { scene, request } = await toldOverdue();
    expect((await scene.settle(request.id, { status: 'expired' })).verdict).toBe('late');
    expect((await scene.settle(request.id, { status: 'expired', resultMayCome: true })).verdict).toBe('duplicate');
    expect(await scene.store.list(scope)).toHaveLength(1);
    expect((await scene.complete(request.id, 'u')).verdict).toBe('accepted');
  });

  it('takes the late result again where the process died before it was stored', async () => {
    const { scene, request, messages } = await toldOverdue();
    const dying = {
      ...scene.store,
      settle: async () => {
        throw new Error('killed');
      },
    };
    await expect(restarted(scene, { store: dying }).complete(request.id, 'u')).rejects.toThrow('killed');
    expect(await latecallOf(scene).pending(scope)).toEqual([]);
    expect((await restarted(scene).complete(request.id, 'u')).verdict).toBe('accepted');
    expect((await converse(scene, messages)).shown.at(-1)).toContain('"u"');
  });

  it('has handles short enough for the call ids of any provider', async () => {
    const toolName = 'a_tool_with_a_name_that_is_much_too_long_for_a_handle';
    const scene = createScene({ tools: { [toolName]: { deadline: '1m', lateResult: 'accept' } } });
    const { id } = await scene.dispatch({ toolName });
    await scene.clock.advance(minute);
    await scene.store.expireDue({ now: scene.clock.now() });
    await scene.complete(id, 'u');
    const turn = await scene.open([asks()]);
    const ids = turn.plan.insert.flatMap(({ results }) => results.map(({ answers: callId }) => callId));
    expect(ids).toHaveLength(2);
    for (const callId of ids) expect(callId).toMatch(/^[\w-]{1,40}$/);
  });

  it('needs the token of the call from outside', async () => {
    const tokens: string[] = [];
    const { scene, request } = await toldOverdue(
      { dispatch: (_, { callback }) => void tokens.push(callback?.token ?? '') },
      { callbackUrl: 'https://app.example/cb' },
    );
    const { runtime, tools } = scene;
    const attempt = { runtime, tools, id: request.id, outcome: done('u') };
    expect((await settle({ ...attempt, token: 'wrong' })).verdict).toBe('unauthorized');
    expect((await settle({ ...attempt, token: tokens[0] })).verdict).toBe('accepted');
  });

  it('is welcome no longer once the overdue task is cancelled', async () => {
    const told: string[] = [];
    const { scene, request } = await toldOverdue({ onCancel: ({ id }) => void told.push(id) });
    const later = latecallOf(scene);
    const cancelled = await later.cancel({ id: request.id, scope, tools: scene.tools, reason: 'enough' });
    expect(cancelled).toMatchObject({ verdict: 'accepted', id: request.id });
    expect(told).toHaveLength(1);
    expect((await scene.complete(request.id, 'u')).verdict).toBe('cancelled');
    expect(await later.quarantined(scope)).toMatchObject([{ reason: 'cancelled', outcome: done('u') }]);
  });

  it('stays cancelled: what comes after a cancellation is kept for people', async () => {
    const { scene, request } = await pending();
    await latecallOf(scene).cancel({ id: request.id, scope, tools: scene.tools });
    await scene.clock.advance(2 * minute);
    expect((await scene.complete(request.id, 'u')).verdict).toBe('cancelled');
    expect(await latecallOf(scene).quarantined(scope)).toMatchObject([{ reason: 'cancelled', outcome: done('u') }]);
  });

  it('has nothing pending after the deadline, before the late result and after it', async () => {
    const { scene, request } = await toldOverdue();
    const pendingNow = () => latecallOf(scene).pending(scope);
    expect(await pendingNow()).toEqual([]);
    await scene.complete(request.id, 'u');
    expect(await pendingNow()).toEqual([]);
  });

  it('lists no sequel as pending while its onResult runs', async () => {
    const seen: unknown[] = [];
    const { scene, request } = await toldOverdue({
      onResult: async (result, { handle }) => {
        seen.push(handle, await latecallOf(scene).pending(scope), (await latecallOf(scene).summary(scope)).pending);
        return result;
      },
    });
    await scene.complete(request.id, 'u');
    expect(seen).toEqual([`${request.handle}_late`, [], []]);
  });

  it('has both told where nothing ran between the deadline and the late result', async () => {
    const { scene, request, messages } = await pending();
    await scene.clock.advance(minute);
    await scene.store.expireDue({ now: scene.clock.now() });
    await scene.complete(request.id, 'u');
    const { shown } = await converse(scene, messages);
    expect(shown[2]).toContain('"resultMayCome":true');
    expect(shown.slice(3)).toEqual([expect.stringContaining('"u"')]);
  });

  it('has the late result told by a pair of its own where the provider holds the calls', async () => {
    const { scene, request } = await toldOverdue();
    await scene.complete(request.id, 'u');
    const turn = await scene.open([asks('And?')], { callsElsewhere: true });
    expect(render([asks('And?')], turn.plan)).toEqual([
      'user And?',
      `append late_${request.handle}_late ${request.handle}_late {"result":"u","status":"completed"}`,
    ]);
  });

  it('is told by the audit as what it is: an expiry, then a result with a digest', async () => {
    const { scene, request, messages } = await toldOverdue();
    await scene.complete(request.id, 'secret');
    await converse(scene, messages);
    const lives = scene.events.filter(({ id }) => id.startsWith(request.id));
    expect(lives.map(({ type, handle }) => [type, handle === request.handle ? 'call' : 'late'])).toEqual([
      ['task.created', 'call'],
      ['task.dispatched', 'call'],
      ['task.expired', 'call'],
      ['task.claimed', 'call'],
      ['task.consumed', 'call'],
      ['task.settled', 'late'],
      ['task.claimed', 'late'],
      ['task.consumed', 'late'],
    ]);
    expect(lives.at(-1)?.outputDigest).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify(scene.events)).not.toContain('secret');
  });
});

describe('a tool that does not accept late results', () => {
  it('has the model told that there will be none, and keeps what comes for people', async () => {
    const { scene, request, shown, messages } = await toldOverdue({ lateResult: 'refuse' });
    expect(shown[2]).not.toContain('resultMayCome');
    expect((await scene.complete(request.id, 'secret')).verdict).toBe('late');
    expect((await converse(scene, [...messages, asks()])).shown.join('\n')).not.toContain('secret');
    expect(await latecallOf(scene).quarantined(scope)).toMatchObject([{ reason: 'late', outcome: done('secret') }]);
  });
});
