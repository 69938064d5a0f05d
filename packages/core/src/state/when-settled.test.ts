import { describe, expect, it } from 'vitest';
import { createScene, latecallOf, restarted, type SceneOptions, scope, until } from '../../test/fixtures.ts';
import { deaf } from '../../test/runner-scene.ts';
import { createMemoryStore, type TaskRecord, type TaskStore, type WaitForTasks } from '../index.ts';

/** Two pending calls, and how one waits for them. */
async function twoPending(options: SceneOptions = {}) {
  const scene = createScene(options);
  const one = await scene.dispatch({ callId: 'c1' });
  const two = await scene.dispatch({ callId: 'c2', toolName: 'send' });
  const wait = (more: Partial<WaitForTasks> = {}) =>
    watched(latecallOf(scene).whenSettled({ scope, tasks: [one.handle, two.id], ...more }));
  return { scene, one, two, wait };
}

/** A promise that can be looked at. */
function watched(promise: Promise<TaskRecord[]>) {
  const state = { over: false };
  const settled = promise.finally(() => {
    state.over = true;
  });
  settled.catch(() => {});
  return { promise: settled, state };
}

const idle = async (scene: { clock: { waiting: number } }) => until(() => scene.clock.waiting > 0);

const minute = 60_000;
const deadlines = { render: { deadline: '1m' }, send: {} } as const;

describe('whenSettled', () => {
  it('waits until all have their outcome, and gives them in the order in which they were named', async () => {
    const { scene, one, two, wait } = await twoPending();
    const { promise, state } = wait();
    await scene.complete(two.id, 'b');
    await idle(scene);
    expect(state.over).toBe(false);
    await scene.complete(one.id, 'a');
    expect((await promise).map(({ id, status }) => [id, status])).toEqual([
      [one.id, 'completed'],
      [two.id, 'completed'],
    ]);
  });

  it('waits for one of them, if that is wanted', async () => {
    const { scene, two, wait } = await twoPending();
    const { promise } = wait({ until: 'any' });
    await scene.complete(two.id, 'b');
    expect((await promise).map(({ status }) => status)).toEqual(['working', 'completed']);
  });

  it('does not wait for what has its outcome, nor for nothing', async () => {
    const { scene, one, wait } = await twoPending();
    await scene.complete(one.id, 'a');
    expect(await wait({ tasks: [one.handle] }).promise).toHaveLength(1);
    expect(await wait({ tasks: [] }).promise).toEqual([]);
  });

  it('hears of an outcome that came in another process', async () => {
    const { scene, one, wait } = await twoPending();
    const { promise } = wait({ tasks: [one.id] });
    await restarted(scene).complete(one.id, 'a');
    expect(await promise).toMatchObject([{ status: 'completed' }]);
  });

  it('finds an outcome whose hint was lost', async () => {
    const { scene, one, wait } = await twoPending({ store: deaf(createMemoryStore()) });
    const { promise, state } = wait({ tasks: [one.id] });
    await idle(scene);
    await scene.complete(one.id, 'a');
    await scene.clock.advance(4_999);
    expect(state.over).toBe(false);
    await scene.clock.advance(1);
    expect(await promise).toMatchObject([{ status: 'completed' }]);
  });

  it('notices a deadline at its time, although nothing runs, and reports it', async () => {
    const { scene, one, wait } = await twoPending({ tools: deadlines });
    const { promise } = wait({ tasks: [one.id] });
    await idle(scene);
    for (let passed = 0; passed < minute; passed += 5_000) {
      await scene.clock.advance(5_000);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    expect(await promise).toMatchObject([{ settlement: { error: { code: 'expired' } } }]);
    expect(scene.reported('task.expired')).toHaveLength(1);
  });

  it('notices a deadline in another branch, which it does not look at again and again before', async () => {
    const reads = { count: 0 };
    const store = counting(createMemoryStore(), reads);
    const scene = createScene({ tools: deadlines, store });
    const one = await scene.dispatch({ scope: { ...scope, branch: 'b' } });
    await scene.clock.advance(minute);
    const [task] = await latecallOf(scene).whenSettled({ scope, tasks: [one.handle] });
    expect(task?.status).toBe('failed');
    expect(reads.count).toBeLessThan(5);
  });

  it('does not look again and again while the policy cannot be asked about an outcome', async () => {
    const reads = { count: 0 };
    const authorize = async () => {
      throw new Error('directory is down');
    };
    const { scene, one, wait } = await twoPending({
      tools: deadlines,
      store: counting(createMemoryStore(), reads),
      policy: { authorize },
    });
    await scene.complete(one.id, 'a');
    await scene.clock.advance(minute);
    const { state } = wait({ tasks: [one.id] });
    await idle(scene);
    reads.count = 0;
    await scene.clock.advance(4_999);
    expect([reads.count, state.over]).toEqual([0, false]);
  });

  it('ends with the reason of its signal, and leaves nothing behind', async () => {
    const { scene, wait } = await twoPending();
    const controller = new AbortController();
    const { promise } = wait({ signal: controller.signal });
    await idle(scene);
    controller.abort(new Error('enough'));
    await expect(promise).rejects.toThrow('enough');
    expect(scene.clock.waiting).toBe(0);
  });

  it('does not begin with a signal that was aborted before', async () => {
    const { wait } = await twoPending();
    await expect(wait({ signal: AbortSignal.abort(new Error('enough')) }).promise).rejects.toThrow('enough');
  });

  it('leaves no timer behind when it is done', async () => {
    const { scene, one, wait } = await twoPending();
    const { promise } = wait({ tasks: [one.id] });
    await idle(scene);
    await scene.complete(one.id, 'a');
    await promise;
    expect(scene.clock.waiting).toBe(0);
  });

  it('understands a handle as a model left it', async () => {
    const { scene, one, wait } = await twoPending();
    await scene.complete(one.id, 'a');
    expect(await wait({ tasks: [`"${one.handle.toUpperCase()}"`] }).promise).toMatchObject([{ id: one.id }]);
  });

  it('refuses an unknown handle with the valid ones listed', async () => {
    const { one, two, wait } = await twoPending();
    await expect(wait({ tasks: ['render_zzzz'] }).promise).rejects.toMatchObject({
      code: 'unknown_handle',
      validHandles: [one.handle, two.handle],
    });
  });
});

function counting(store: TaskStore, reads: { count: number }): TaskStore {
  return {
    ...store,
    list: (...asked) => {
      reads.count += 1;
      return store.list(...asked);
    },
  };
}
