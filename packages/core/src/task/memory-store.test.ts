import { describe, expect, it } from 'vitest';
import { storeCases } from '../../test/store-cases.ts';
import { createMemoryStore, type NewTask, type TaskHint } from '../index.ts';

describe('createMemoryStore', () => {
  for (const [name, run] of storeCases(createMemoryStore)) it(name, run);
});

describe('hints of the memory store', () => {
  const scope = { thread: 'chat-1' };
  const ref = { scope, id: 'task_1' };
  const task: NewTask = {
    id: 'task_1',
    handle: 'render_k3f9',
    scope,
    turn: 'turn_1',
    toolName: 'render',
    callIds: ['c1'],
    arguments: {},
    idempotencyKey: 'key_1',
    tokenHashes: [],
    createdAt: 0,
    deadlineAt: 100,
  };
  const listening = async () => {
    const store = createMemoryStore();
    await store.create(task);
    const hints: TaskHint[] = [];
    const stop = store.subscribe((hint) => hints.push(hint));
    return { store, hints, stop };
  };
  const settlement = { status: 'completed', result: 1 } as const;

  it('tells that a task was settled', async () => {
    const { store, hints } = await listening();
    await store.settle(ref, { settlement, now: 1 });
    expect(hints).toEqual([{ scope, id: 'task_1' }]);
  });

  it('tells nothing of an attempt that lost', async () => {
    const { store, hints } = await listening();
    await store.settle(ref, { settlement, now: 100 });
    expect(hints).toEqual([]);
  });

  it('tells that a held task was finished', async () => {
    const { store, hints } = await listening();
    await store.settle(ref, { settlement, now: 1, hold: true });
    hints.length = 0;
    await store.finish(ref, settlement);
    expect(hints).toEqual([{ scope, id: 'task_1' }]);
  });

  it('tells that a task expired', async () => {
    const { store, hints } = await listening();
    await store.expireDue({ now: 100 });
    expect(hints).toEqual([{ scope, id: 'task_1' }]);
  });

  it('tells that a claim was given back, so that another run may show the result', async () => {
    const { store, hints } = await listening();
    await store.settle(ref, { settlement, now: 1 });
    await store.claim({
      scope,
      claimant: 'run-1',
      now: 2,
      wanted: [{ id: 'task_1', delivery: { kind: 'replace', offset: 0 } }],
    });
    hints.length = 0;
    await store.release({ scope, claimant: 'run-1', ids: ['task_1'], sent: true });
    expect(hints).toEqual([{ scope, id: 'task_1' }]);
  });

  it('tells nothing after the listener has left', async () => {
    const { store, hints, stop } = await listening();
    stop();
    await store.settle(ref, { settlement, now: 1 });
    expect(hints).toEqual([]);
  });

  it('goes on, and tells the other listeners, when one throws', async () => {
    const store = createMemoryStore();
    await store.create(task);
    const heard: string[] = [];
    store.subscribe(() => {
      throw new Error('broken listener');
    });
    store.subscribe(({ id }) => heard.push(id));
    expect((await store.settle(ref, { settlement, now: 1 })).verdict).toBe('accepted');
    expect(heard).toEqual(['task_1']);
  });
});
