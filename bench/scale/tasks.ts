import type { NewTask, Scope, TaskRef } from '@latecall/core';

export const tasksPerThread = 10;

/** The task of a number: ten in each conversation. */
export function taskAt(number: number, prefix = 'thread'): TaskRef {
  const scope: Scope = { tenant: 'acme', thread: `${prefix}-${Math.floor(number / tasksPerThread)}` };
  return { scope, id: `task_${prefix}_${number}` };
}

/** An ordinary task that waits for its result. */
export function newTask({ scope, id }: TaskRef): NewTask {
  const createdAt = Date.now();
  return {
    id,
    scope,
    handle: `render_video_${id}`,
    turn: `turn_${scope.thread}`,
    toolName: 'render_video',
    callIds: [`call_${id}`],
    arguments: { script: 'A short film about a long wait.', seconds: 30 },
    idempotencyKey: `key_${id}`,
    dispatchResult: { jobId: `job_${id}` },
    tokenHashes: [],
    createdAt,
    dispatchedAt: createdAt,
    deadlineAt: createdAt + 86_400_000,
  };
}

export const settlement = { status: 'completed', result: { url: 'https://videos.example/1.mp4' } } as const;
