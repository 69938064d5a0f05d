import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../memory-store.ts';

const scopes = ['chat-1', 'chat-2', 'chat-3'].map((thread) => ({ thread }));

/** A store with a task of the same id in each of three conversations. */
async function storeOfNamesakes() {
  const store = createMemoryStore();
  for (const scope of scopes) {
    await store.create({
      id: 'task_1',
      handle: 'render_1',
      scope,
      turn: 'turn_1',
      toolName: 'render',
      callIds: ['c1'],
      arguments: scope,
      idempotencyKey: 'key_1',
      tokenHashes: [],
      createdAt: 0,
    });
  }
  return store;
}

describe('ids of the memory store', () => {
  it('finds each of the tasks that share an id in its own scope', async () => {
    const store = await storeOfNamesakes();
    for (const scope of scopes) expect((await store.get({ scope, id: 'task_1' }))?.arguments).toEqual(scope);
  });

  it.each([
    { gone: 'chat-1', located: 'chat-3', left: ['chat-2', 'chat-3'] },
    { gone: 'chat-2', located: 'chat-3', left: ['chat-1', 'chat-3'] },
    { gone: 'chat-3', located: 'chat-2', left: ['chat-1', 'chat-2'] },
  ])('forgets the one of $gone and none of the others', async ({ gone, located, left }) => {
    const store = await storeOfNamesakes();
    await store.purge({ scope: { thread: gone }, before: 1, which: 'all' });
    expect(await store.locate('task_1')).toEqual({ thread: located });
    const found = await Promise.all(scopes.map((scope) => store.get({ scope, id: 'task_1' })));
    expect(found.flatMap((task) => task?.scope.thread ?? [])).toEqual(left);
  });
});
