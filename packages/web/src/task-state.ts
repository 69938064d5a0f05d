import {
  type InputExchange,
  type Json,
  type Progress,
  type Standing,
  standingOf,
  type TaskRecord,
  type TaskStore,
  toIso,
} from '@latecall/core';
import { takesLateResult } from './gone.ts';

/**
 * What the outside may know of the task whose token it holds. Never its arguments, its receipt, its result, its keys,
 * its log, or what became of the result. Times are ISO 8601 in UTC.
 */
export interface TaskState {
  readonly id: string;
  readonly status: Standing;
  /** As it was last reported. */
  readonly progress?: Progress;
  /** What the outside has asked, oldest first, and the answers: whoever works on the task can poll for them. */
  readonly inputs?: readonly TaskInput[];
  readonly createdAt: string;
  /** After this time no result is accepted, unless `resultMayCome` says otherwise. */
  readonly deadlineAt?: string;
  /** The deadline has passed, and a result is welcome all the same. */
  readonly resultMayCome?: true;
  readonly settledAt?: string;
}

/** A question of the outside. Without `answer` and `withdrawn` it still waits. */
export interface TaskInput {
  readonly key: string;
  readonly message: string;
  readonly askedAt: string;
  readonly answer?: Json;
  readonly answeredAt?: string;
  /** The outside took it back. */
  readonly withdrawn?: true;
}

/** @param now Milliseconds since the epoch: a deadline that has passed shows at once. */
export async function taskState(store: Pick<TaskStore, 'list'>, task: TaskRecord, now: number): Promise<TaskState> {
  const { id, progress, inputs, createdAt, deadlineAt, settledAt } = task;
  const mayCome = takesLateResult(task, now) && !(await hasLateResult(store, task));
  return {
    id,
    status: standingOf(task, now),
    ...(progress === undefined ? {} : { progress }),
    ...(inputs === undefined ? {} : { inputs: inputs.map(inputState) }),
    createdAt: toIso(createdAt),
    ...(deadlineAt === undefined ? {} : { deadlineAt: toIso(deadlineAt) }),
    ...(mayCome ? { resultMayCome: true } : {}),
    ...(settledAt === undefined ? {} : { settledAt: toIso(settledAt) }),
  };
}

function inputState({ key, message, askedAt, answer, closedAt }: InputExchange): TaskInput {
  const asked = { key, message, askedAt: toIso(askedAt) };
  if (closedAt === undefined) return asked;
  return answer === undefined ? { ...asked, withdrawn: true } : { ...asked, answer, answeredAt: toIso(closedAt) };
}

/** A late result is kept by a task of its own. */
async function hasLateResult({ list }: Pick<TaskStore, 'list'>, { id, scope }: TaskRecord): Promise<boolean> {
  const tasks = await list(scope);
  return tasks.some(({ sequelOf, settlement }) => sequelOf === id && settlement !== undefined);
}
