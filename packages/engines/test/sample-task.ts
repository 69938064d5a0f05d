import type { NewTask, Scope, TaskRef } from '@latecall/core';

/** The task of a conversation, and where it is. */
export const taskOf = (scope: Scope, more: Pick<NewTask, 'deadlineAt'> | object = {}): NewTask => ({
  ...refOf(scope),
  handle: 'render_1',
  turn: 'turn_1',
  toolName: 'render',
  callIds: ['c1'],
  arguments: { script: 'a' },
  idempotencyKey: `key of ${scope.thread}`,
  tokenHashes: [],
  createdAt: 1,
  ...more,
});

export const refOf = (scope: Scope): TaskRef => ({ scope, id: `task of ${scope.thread}` });
