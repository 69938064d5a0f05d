import type { ClaimRequest, NewTask, TaskRef } from '@latecall/core';

const scope = { tenant: 'acme', thread: 'chat-1' };

/** Where the task of that number is. */
export const refOf = (index: number | string): TaskRef => ({ scope, id: `task_${index}` });

/** The task of that number. */
export const taskOf = (index: number | string): NewTask => ({
  ...refOf(index),
  handle: `render_${index}`,
  turn: 'turn_1',
  toolName: 'render',
  callIds: [`c${index}`],
  arguments: { script: 'a' },
  idempotencyKey: `key_${index}`,
  tokenHashes: [],
  createdAt: 1,
});

/** What a claimant asks for that wants these tasks. */
export const claimOf = (claimant: string, ids: readonly string[]): ClaimRequest => ({
  scope,
  claimant,
  now: 3,
  wanted: ids.map((id) => ({ id, delivery: { kind: 'replace', offset: 0 } })),
});
