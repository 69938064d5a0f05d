import { expect, it } from 'vitest';
import { createMemoryStore } from '../memory-store.ts';

it('shares no scope between the records of one listing', async () => {
  const store = createMemoryStore();
  const scope = { thread: 'chat-1' };
  for (const id of ['task_1', 'task_2']) {
    await store.create({
      id,
      handle: `render_${id}`,
      scope,
      turn: 'turn_1',
      toolName: 'render',
      callIds: ['c1'],
      arguments: {},
      idempotencyKey: `key_${id}`,
      tokenHashes: [],
      createdAt: 0,
    });
  }
  const [first, second] = await store.list(scope);
  expect(first?.scope).toEqual(scope);
  expect(first?.scope).not.toBe(second?.scope);
});
