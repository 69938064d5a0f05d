import {
  type InputRequest,
  isDue,
  isOpen,
  type Outcome,
  type Progress,
  settlementOf,
  type TaskRecord,
  toIso,
  toOutcome,
} from '@latecall/core';

/**
 * What the outside may know of the task whose token it holds. Never its arguments, its receipt, its result, its keys or
 * what became of the result. Times are ISO 8601 in UTC.
 */
export interface TaskState {
  readonly id: string;
  readonly status: 'working' | 'input_required' | Outcome['status'];
  /** As it was last reported. */
  readonly progress?: Progress;
  /** What the outside asked and nobody has answered. */
  readonly inputRequest?: InputRequest;
  readonly createdAt: string;
  /** After this time no result is accepted. */
  readonly deadlineAt?: string;
  readonly settledAt?: string;
}

/** @param now Milliseconds since the epoch: a deadline that has passed shows at once. */
export function taskState(task: TaskRecord, now: number): TaskState {
  const { id, progress, inputRequest, createdAt, deadlineAt, settledAt } = task;
  return {
    id,
    status: statusNow(task, now),
    ...(progress === undefined ? {} : { progress }),
    ...(inputRequest === undefined || !isOpen(task) ? {} : { inputRequest }),
    createdAt: toIso(createdAt),
    ...(deadlineAt === undefined ? {} : { deadlineAt: toIso(deadlineAt) }),
    ...(settledAt === undefined ? {} : { settledAt: toIso(settledAt) }),
  };
}

function statusNow(task: TaskRecord, now: number): TaskState['status'] {
  const settlement = settlementOf(task);
  if (settlement !== undefined) return toOutcome(settlement).status;
  if (isOpen(task) && isDue(task, now)) return 'expired';
  return task.status === 'input_required' ? 'input_required' : 'working';
}
