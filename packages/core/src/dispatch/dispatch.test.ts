import { describe, expect, it } from 'vitest';
import {
  createDeferred,
  createScene,
  type Scene,
  type SceneOptions,
  scope,
  start,
  thrownBy,
  until,
} from '../../test/fixtures.ts';
import {
  type AsyncToolDefinition,
  createMemoryStore,
  type DispatchContext,
  DispatchError,
  isAsyncFunctionRequest,
  LatecallError,
  NotJsonError,
  type TaskRecord,
  toIso,
  verifyRequest,
} from '../index.ts';

/** A scene whose tool writes down what each dispatch was given. */
function createWatched(options: SceneOptions = {}, tool: Partial<AsyncToolDefinition> = {}) {
  const given: { input: unknown; context: DispatchContext }[] = [];
  const dispatch = (input: unknown, context: DispatchContext) => {
    given.push({ input, context });
    return { job: given.length };
  };
  const scene = createScene({ ...options, tools: { render: { dispatch, ...tool } } });
  return { scene, given };
}

/** A process that died in the middle of a dispatch, and another one that goes on with its store. */
async function interrupted(tool: Partial<AsyncToolDefinition> = {}, options: SceneOptions = {}) {
  const keys: string[] = [];
  const first = createScene({
    ...options,
    tools: {
      render: {
        dispatch: (_, context: DispatchContext) => {
          keys.push(context.idempotencyKey);
          return new Promise(() => {});
        },
      },
    },
  });
  void first.dispatch().catch(() => {});
  await until(() => keys.length > 0);
  const second = createWatched({ ...options, store: first.store }, tool);
  return { ...second, keys, task: await theTask(first) };
}

async function theTask(scene: Scene): Promise<TaskRecord> {
  const [task, ...more] = await scene.store.list(scope);
  if (task === undefined || more.length > 0) throw new Error('There is not exactly one task.');
  return task;
}

const dispatchErrorOf = async (work: () => unknown): Promise<DispatchError> => {
  const error = await thrownBy(work);
  if (error instanceof DispatchError) return error;
  throw error;
};

describe('dispatch', () => {
  it('records the task as dispatching before the inner function runs', async () => {
    const store = createMemoryStore();
    let seen: TaskRecord | undefined;
    const dispatch = async (_: unknown, { id }: DispatchContext) => {
      seen = await store.get({ scope, id });
    };
    await createScene({ store, tools: { render: { dispatch } } }).dispatch();
    expect(seen).toMatchObject({ status: 'working', phase: 'dispatching', toolName: 'render', callIds: ['c1'] });
  });

  it('does not run the inner function when the task cannot be recorded', async () => {
    const create = () => Promise.reject(new Error('disk full'));
    const { scene, given } = createWatched({ store: { ...createMemoryStore(), create } });
    await expect(scene.dispatch()).rejects.toThrow('disk full');
    expect(given).toEqual([]);
  });

  it('gives the request only after the receipt is stored', async () => {
    const memory = createMemoryStore();
    const mayStore = createDeferred();
    let storing = false;
    const store = {
      ...memory,
      update: async (...change: Parameters<typeof memory.update>) => {
        storing = true;
        await mayStore.promise;
        return memory.update(...change);
      },
    };
    let emitted = false;
    const dispatching = createScene({ store })
      .dispatch()
      .then(() => {
        emitted = true;
      });
    await until(() => storing);
    expect(emitted).toBe(false);
    mayStore.resolve();
    await dispatching;
    expect(emitted).toBe(true);
  });

  it('gives a request with the receipt, which is never a result', async () => {
    const scene = createScene();
    const request = await scene.dispatch();
    expect(request).toEqual({
      type: 'async-function-request',
      v: 1,
      id: expect.stringMatching(/^task_[\w-]{22}$/),
      handle: expect.stringMatching(/^render_/),
      functionCall: { callId: 'c1', name: 'render', arguments: { script: 'a' } },
      dispatchResult: { job: 'job-1' },
      dispatchedAt: toIso(start),
      signature: expect.any(String),
    });
    expect(isAsyncFunctionRequest(request)).toBe(true);
    expect(await scene.task(request.id)).toMatchObject({ status: 'working', dispatchResult: { job: 'job-1' } });
    expect(await scene.task(request.id)).not.toHaveProperty('settlement');
  });

  it('signs the request for its scope', async () => {
    const scene = createScene();
    const request = await scene.dispatch();
    expect(await verifyRequest(scene.runtime.signer, scope, request)).toBe(true);
  });

  it.each([undefined, null, false, 0, ''])('takes %j for a receipt', async (receipt) => {
    const scene = createScene({ tools: { render: { dispatch: () => receipt } } });
    const request = await scene.dispatch();
    expect(request.dispatchResult).toBe(receipt ?? null);
    expect(await scene.task(request.id)).not.toHaveProperty('phase');
  });

  it('gives the inner function its input, its ids and a signal, but no callback where none was configured', async () => {
    const { scene, given } = createWatched();
    const { id, handle } = await scene.dispatch();
    expect(given).toEqual([
      {
        input: { script: 'a' },
        context: { id, handle, scope, idempotencyKey: expect.stringMatching(/^key_/), signal: expect.any(AbortSignal) },
      },
    ]);
  });

  it('refuses an input that is not JSON, and records nothing', async () => {
    const { scene, given } = createWatched();
    const error = await thrownBy(() => scene.dispatch({ arguments: { at: new Date(0) } }));
    expect(error).toBeInstanceOf(NotJsonError);
    expect(String(error)).toContain('The input of "render" must be plain JSON, but $.at is an instance of Date.');
    expect(given).toEqual([]);
    expect(await scene.store.list(scope)).toEqual([]);
  });

  it('leaves no timer behind', async () => {
    const scene = createScene();
    await scene.dispatch();
    expect(scene.clock.waiting).toBe(0);
  });
});

describe('the key of a dispatch', () => {
  const keyOf = async (call: Parameters<Scene['dispatch']>[0]) => {
    const { scene, given } = createWatched();
    await scene.dispatch(call);
    return given[0]?.context.idempotencyKey;
  };

  it('is the same for a re-run, whatever its call id and the order of its arguments', async () => {
    const one = await keyOf({ callId: 'c1', arguments: { a: 1, b: { c: 2, d: 3 } } });
    expect(await keyOf({ callId: 'other', arguments: { b: { d: 3, c: 2 }, a: 1 } })).toBe(one);
  });

  it('is another one for another tenant, thread, turn, input or occurrence', async () => {
    const keys = [
      await keyOf({}),
      await keyOf({ scope: { tenant: 'other', thread: scope.thread } }),
      await keyOf({ scope: { thread: scope.thread } }),
      await keyOf({ scope: { ...scope, thread: 'chat-2' } }),
      await keyOf({ turn: 'turn_2' }),
      await keyOf({ arguments: { script: 'b' } }),
      await keyOf({ occurrence: 1 }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('is another one for another tool', async () => {
    const keys: string[] = [];
    const dispatch = (_: unknown, { idempotencyKey }: DispatchContext) => keys.push(idempotencyKey);
    const scene = createScene({ tools: { render: { dispatch }, send: { dispatch } } });
    await scene.dispatch({ toolName: 'render' });
    await scene.dispatch({ toolName: 'send' });
    expect(new Set(keys).size).toBe(2);
  });

  it('keeps two equal calls of one turn apart', async () => {
    const { scene, given } = createWatched();
    const [one, two] = [
      await scene.dispatch({ callId: 'c1', occurrence: 0 }),
      await scene.dispatch({ callId: 'c2', occurrence: 1 }),
    ];
    expect(one.id).not.toBe(two.id);
    expect(given).toHaveLength(2);
  });
});

describe('a re-run of a turn', () => {
  it('joins the task by its key, although the model made up a new call id', async () => {
    const { scene, given } = createWatched();
    const first = await scene.dispatch({ callId: 'c1' });
    const second = await scene.dispatch({ callId: 'c2' });
    expect(second.id).toBe(first.id);
    expect(second.dispatchResult).toEqual({ job: 1 });
    expect(given).toHaveLength(1);
    expect((await scene.task(first.id)).callIds).toEqual(['c1', 'c2']);
    expect(scene.reported('task.rejoined')).toHaveLength(1);
  });

  it('joins a task that has its outcome already', async () => {
    const { scene, given } = createWatched();
    const first = await scene.dispatch();
    await scene.complete(first.id, { url: 'u' });
    expect((await scene.dispatch({ callId: 'c2' })).id).toBe(first.id);
    expect(given).toHaveLength(1);
  });

  it('joins a dispatch that runs at this moment', async () => {
    const receipt = createDeferred<string>();
    let runs = 0;
    const dispatch = () => {
      runs += 1;
      return receipt.promise;
    };
    const scene = createScene({ tools: { render: { dispatch } } });
    const both = Promise.all([scene.dispatch({ callId: 'c1' }), scene.dispatch({ callId: 'c2' })]);
    await until(() => runs > 0 && scene.reported('task.rejoined').length > 0);
    receipt.resolve('job-7');
    const [first, second] = await both;
    expect(runs).toBe(1);
    expect(second.id).toBe(first.id);
    expect(second.dispatchResult).toBe('job-7');
  });

  it('is told of the failure where another process gave its dispatch up before the receipt came', async () => {
    const store = createMemoryStore();
    const settlement = { status: 'failed', error: { code: 'dispatch_failed', message: 'No desk.' } } as const;
    const dispatch = async (_: unknown, { id }: DispatchContext) => {
      await store.settle({ scope, id }, { settlement, now: start });
      return 'job-7';
    };
    const scene = createScene({ store, tools: { render: { dispatch } } });
    expect(await thrownBy(() => scene.dispatch())).toMatchObject(settlement.error);
    expect(scene.reported('task.dispatched')).toEqual([]);
    expect((await store.list(scope)).map(({ dispatchedAt }) => dispatchedAt)).toEqual([undefined]);
  });

  it('is told of the failure of a dispatch that it joined and that ended before it looked', async () => {
    const receipt = createDeferred<string>();
    const failed = createDeferred();
    const seen: string[] = [];
    const scene = createScene({
      tools: { render: { dispatch: () => receipt.promise } },
      audit: ({ type }) => {
        seen.push(type);
        return type === 'task.rejoined' ? failed.promise : undefined;
      },
    });
    const first = thrownBy(() => scene.dispatch({ callId: 'c1' }));
    await until(() => seen.includes('task.created'));
    const second = thrownBy(() => scene.dispatch({ callId: 'c2' }));
    await until(() => seen.includes('task.rejoined'));
    receipt.reject(new Error('No desk.'));
    const error = await first;
    failed.resolve();
    expect(await second).toMatchObject({ code: 'dispatch_failed', message: (error as Error).message });
  });

  it('has its call id remembered when it joins a dispatch that runs at this moment', async () => {
    const receipt = createDeferred<string>();
    const scene = createScene({ tools: { render: { dispatch: () => receipt.promise } } });
    const first = scene.dispatch({ callId: 'c1' });
    await until(() => scene.reported('task.created').length > 0);
    const second = scene.dispatch({ callId: 'c2' });
    await until(() => scene.reported('task.rejoined').length > 0);
    receipt.resolve('job-7');
    const [{ id }] = await Promise.all([first, second]);
    expect((await scene.task(id)).callIds).toEqual(['c1', 'c2']);
  });
});

describe('a run that joined a dispatch whose own run is aborted', () => {
  it('dispatches itself, with the same key', async () => {
    const keys: string[] = [];
    const dispatch = (_input: unknown, { idempotencyKey }: DispatchContext) => {
      keys.push(idempotencyKey);
      return keys.length === 1 ? new Promise<never>(() => {}) : 'job-8';
    };
    const scene = createScene({ tools: { render: { dispatch } } });
    const first = new AbortController();
    const aborted = thrownBy(() => scene.dispatch({ callId: 'c1', signal: first.signal }));
    await until(() => keys.length > 0);
    const second = scene.dispatch({ callId: 'c2' });
    await until(() => scene.reported('task.rejoined').length > 0);
    first.abort(new Error('the user left'));
    await aborted;
    expect((await second).dispatchResult).toBe('job-8');
    expect(new Set(keys).size).toBe(1);
  });
});

describe('an interrupted dispatch', () => {
  it('is repeated with the same task and the same key', async () => {
    const { scene, given, keys, task } = await interrupted();
    const request = await scene.dispatch();
    expect(request.id).toBe(task.id);
    expect(given.map(({ context }) => context.idempotencyKey)).toEqual(keys);
    expect(await scene.task(task.id)).not.toHaveProperty('phase');
  });

  it('has the call id of the re-run that repeats it remembered', async () => {
    const { scene, task } = await interrupted();
    await scene.dispatch({ callId: 'c2' });
    expect((await scene.task(task.id)).callIds).toEqual(['c1', 'c2']);
  });

  it('accepts the callback tokens of both attempts', async () => {
    const { scene, task } = await interrupted({}, { callbackUrl: 'https://app.example/cb' });
    await scene.dispatch();
    expect((await scene.task(task.id)).tokenHashes).toHaveLength(2);
  });

  it('is left alone by a tool that must not repeat it while another run may be at it', async () => {
    const { scene, given, task } = await interrupted({ onInterruptedDispatch: 'fail' });
    const error = await dispatchErrorOf(() => scene.dispatch());
    expect(error).toMatchObject({ code: 'dispatch_in_progress', taskId: task.id });
    expect(given).toEqual([]);
    expect(await scene.task(task.id)).toMatchObject({ status: 'working', phase: 'dispatching' });
  });

  it('is given up by a tool that must not repeat it once nobody can be at it', async () => {
    const { scene, given, task } = await interrupted({ onInterruptedDispatch: 'fail' });
    await scene.clock.advance(60_000);
    const error = await dispatchErrorOf(() => scene.dispatch());
    expect(error.code).toBe('dispatch_interrupted');
    expect(error.message).toContain('whether the work began is not known');
    expect(given).toEqual([]);
    expect(await scene.task(task.id)).toMatchObject({
      status: 'failed',
      settlement: { error: { code: 'dispatch_interrupted' } },
    });
  });
});

describe('a dispatch that throws', () => {
  const broken = {
    render: {
      dispatch: () => {
        throw new Error('farm is down');
      },
    },
  };

  it('is a DispatchError that names the tool and keeps its cause', async () => {
    const scene = createScene({ tools: broken });
    const error = await dispatchErrorOf(() => scene.dispatch());
    expect(error.code).toBe('dispatch_failed');
    expect(error.message).toBe('"render" could not be dispatched: farm is down');
    expect(error.cause).toEqual(new Error('farm is down'));
    expect(error.taskId).toBe((await theTask(scene)).id);
  });

  it('fails the task, which counts as told: the host reports the throw', async () => {
    const scene = createScene({ tools: broken });
    await thrownBy(() => scene.dispatch());
    expect(await theTask(scene)).toMatchObject({
      status: 'failed',
      settlement: { error: { code: 'dispatch_failed' } },
      consumption: { turn: 'turn_1' },
    });
    expect(scene.reported('task.dispatch-failed')).toEqual(['dispatch_failed']);
  });

  it.each([
    ['a rejection', () => Promise.reject(new Error('no'))],
    ['a text', () => Promise.reject('no')],
    ['nothing', () => Promise.reject()],
  ])('may throw %s', async (_, dispatch) => {
    const scene = createScene({ tools: { render: { dispatch } } });
    expect((await dispatchErrorOf(() => scene.dispatch())).code).toBe('dispatch_failed');
  });

  it('is a new task at the next attempt, with the same key for the outside', async () => {
    const keys: string[] = [];
    const dispatch = (_: unknown, { idempotencyKey }: DispatchContext) => {
      if (keys.push(idempotencyKey) < 3) throw new Error('not yet');
      return { job: 'third' };
    };
    const scene = createScene({ tools: { render: { dispatch } } });
    await thrownBy(() => scene.dispatch());
    await thrownBy(() => scene.dispatch());
    const request = await scene.dispatch();
    expect(request.dispatchResult).toEqual({ job: 'third' });
    expect(new Set(keys).size).toBe(1);
    const tasks = await scene.store.list(scope);
    expect(tasks.map(({ status }) => status)).toEqual(['failed', 'failed', 'working']);
  });

  it('is joined at its last attempt by a re-run', async () => {
    let runs = 0;
    const dispatch = () => {
      runs += 1;
      if (runs === 1) throw new Error('not yet');
    };
    const scene = createScene({ tools: { render: { dispatch } } });
    await thrownBy(() => scene.dispatch());
    const second = await scene.dispatch();
    expect((await scene.dispatch()).id).toBe(second.id);
    expect(runs).toBe(2);
  });
});

describe('a receipt that is not JSON', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;

  it.each([
    ['a BigInt', { job: 1n }, '$.job is a bigint'],
    ['a Date', { at: new Date(0) }, '$.at is an instance of Date'],
    ['a function', { poll: () => 1 }, '$.poll is a function'],
    ['a cycle', cyclic, '$.self is a cycle'],
  ])('fails the dispatch and says where %s is', async (_, receipt, where) => {
    const scene = createScene({ tools: { render: { dispatch: () => receipt } } });
    const error = await dispatchErrorOf(() => scene.dispatch());
    expect(error.code).toBe('invalid_dispatch_result');
    expect(error.message).toContain(where);
    expect(await theTask(scene)).toMatchObject({ status: 'failed' });
  });
});

describe('a dispatch that does not return', () => {
  const hanging = (more: object = {}) => {
    const signals: AbortSignal[] = [];
    const dispatch = (_: unknown, { signal }: DispatchContext) => {
      signals.push(signal);
      return new Promise(() => {});
    };
    return { signals, scene: createScene({ tools: { render: { dispatch, ...more } } }) };
  };

  it('is given up after a minute, its signal is aborted and the task fails', async () => {
    const { scene, signals } = hanging();
    const dispatching = dispatchErrorOf(() => scene.dispatch());
    await until(() => signals.length > 0);
    await scene.clock.advance(59_999);
    expect(await theTask(scene)).toMatchObject({ status: 'working', phase: 'dispatching' });
    await scene.clock.advance(1);
    expect((await dispatching).code).toBe('dispatch_timeout');
    expect(signals[0]?.aborted).toBe(true);
    expect(await theTask(scene)).toMatchObject({
      status: 'failed',
      settlement: { error: { code: 'dispatch_timeout' } },
    });
  });

  it('is given up after the time that the tool allows', async () => {
    const { scene, signals } = hanging({ dispatchTimeout: '5s' });
    const dispatching = dispatchErrorOf(() => scene.dispatch());
    await until(() => signals.length > 0);
    await scene.clock.advance(5_000);
    expect((await dispatching).message).toContain('within 5000 ms');
  });

  it('is given up when the host says that time is up', async () => {
    const { scene, signals } = hanging();
    const host = new AbortController();
    const dispatching = dispatchErrorOf(() => scene.dispatch({ signal: host.signal }));
    await until(() => signals.length > 0);
    host.abort(new DOMException('The tool took too long.', 'TimeoutError'));
    expect((await dispatching).code).toBe('dispatch_timeout');
    expect(await theTask(scene)).toMatchObject({ status: 'failed' });
  });

  it('stays dispatching when the run is aborted, and tells the inner function', async () => {
    const { scene, signals } = hanging();
    const run = new AbortController();
    const reason = new Error('the user left');
    const dispatching = thrownBy(() => scene.dispatch({ signal: run.signal }));
    await until(() => signals.length > 0);
    run.abort(reason);
    expect(await dispatching).toBe(reason);
    expect(signals[0]?.reason).toBe(reason);
    expect(await theTask(scene)).toMatchObject({ status: 'working', phase: 'dispatching' });
    expect(scene.clock.waiting).toBe(0);
  });

  it('is joined by a re-run after an abort, with the same key', async () => {
    const keys: string[] = [];
    const dispatch = (_: unknown, { idempotencyKey }: DispatchContext) =>
      keys.push(idempotencyKey) === 1 ? new Promise(() => {}) : { job: 'second' };
    const scene = createScene({ tools: { render: { dispatch } } });
    const run = new AbortController();
    const aborted = thrownBy(() => scene.dispatch({ signal: run.signal }));
    await until(() => keys.length > 0);
    run.abort();
    await aborted;
    const request = await scene.dispatch({ callId: 'c2' });
    expect(request.dispatchResult).toEqual({ job: 'second' });
    expect(new Set(keys).size).toBe(1);
    expect(await theTask(scene)).toMatchObject({ id: request.id });
  });

  it('does not begin when the run was aborted before', async () => {
    const { scene, signals } = hanging();
    await thrownBy(() => scene.dispatch({ signal: AbortSignal.abort() }));
    expect(signals).toEqual([]);
  });
});

describe('a result that overtakes the receipt', () => {
  const overtaken = (after: () => unknown) => {
    const scene: Scene = createScene({
      tools: {
        render: {
          dispatch: async (_: unknown, { id }: DispatchContext) => {
            await scene.complete(id, { url: 'fast' });
            return after();
          },
        },
      },
    });
    return scene;
  };

  it('is accepted, and the receipt is stored beside it', async () => {
    const scene = overtaken(() => ({ job: 'job-1' }));
    const request = await scene.dispatch();
    expect(request.dispatchResult).toEqual({ job: 'job-1' });
    expect(await scene.task(request.id)).toMatchObject({
      status: 'completed',
      settlement: { result: { url: 'fast' } },
      dispatchResult: { job: 'job-1' },
    });
  });

  it('counts although the dispatch throws afterwards', async () => {
    const scene = overtaken(() => {
      throw new Error('lost the connection');
    });
    await dispatchErrorOf(() => scene.dispatch());
    const task = await theTask(scene);
    expect(task).toMatchObject({ status: 'completed', settlement: { result: { url: 'fast' } } });
    expect(task).not.toHaveProperty('consumption');
  });
});

describe('the callback of a dispatch', () => {
  it('has a URL that ends with the id, and a token', async () => {
    const { scene, given } = createWatched({ callbackUrl: 'https://app.example/cb/' });
    const { id } = await scene.dispatch();
    expect(given[0]?.context.callback).toEqual({
      url: `https://app.example/cb/${id}`,
      token: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  it('keeps the query that the app put into the URL', async () => {
    const { scene, given } = createWatched({ callbackUrl: 'https://app.example/cb?env=test' });
    const { id } = await scene.dispatch();
    expect(given[0]?.context.callback?.url).toBe(`https://app.example/cb/${id}?env=test`);
  });

  it('has its token stored as a hash only, and in no request', async () => {
    const { scene, given } = createWatched({ callbackUrl: 'https://app.example/cb' });
    const request = await scene.dispatch();
    const token = given[0]?.context.callback?.token ?? '';
    const task = await scene.task(request.id);
    expect(task.tokenHashes).toHaveLength(1);
    expect(JSON.stringify([task, request, scene.events])).not.toContain(token);
  });
});

describe('what is stored at dispatch', () => {
  it('has the deadline counted from the creation of the task', async () => {
    const dispatch = async () => {
      await scene.clock.advance(30_000);
    };
    const scene: Scene = createScene({ tools: { render: { dispatch, deadline: '15m' } } });
    const request = await scene.dispatch();
    expect(request.deadlineAt).toBe(toIso(start + 900_000));
    expect(request.dispatchedAt).toBe(toIso(start + 30_000));
    expect((await scene.task(request.id)).deadlineAt).toBe(start + 900_000);
  });

  it('has no deadline if the tool has none', async () => {
    const scene = createScene();
    const request = await scene.dispatch();
    expect(request).not.toHaveProperty('deadlineAt');
    expect(await scene.task(request.id)).not.toHaveProperty('deadlineAt');
  });

  it('has the snapshot that the policy took', async () => {
    const snapshot = async (call: unknown) => ({ commit: 'abc', call: JSON.stringify(call) });
    const scene = createScene({ policy: { snapshot } });
    const { id } = await scene.dispatch();
    expect((await scene.task(id)).snapshot).toEqual({
      commit: 'abc',
      call: '{"toolName":"render","arguments":{"script":"a"},"scope":{"tenant":"acme","thread":"chat-1"}}',
    });
  });

  it('is nothing when the snapshot is not JSON', async () => {
    const { scene, given } = createWatched({ policy: { snapshot: () => new Date(0) as never } });
    expect(LatecallError.isInstance(await thrownBy(() => scene.dispatch()), 'policy_failed')).toBe(true);
    expect(given).toEqual([]);
    expect(await scene.store.list(scope)).toEqual([]);
  });
});
