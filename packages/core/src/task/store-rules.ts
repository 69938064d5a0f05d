import { sameJson } from '../base/json.ts';
import { type Settlement, toOutcome } from '../parts/outcome.ts';
import { isDue, isTerminal, neverDispatched, type TaskDelivery, type TaskRecord } from './task.ts';
import type { Purgeable, ReadyFilter, StoreVerdict, TaskChange, TaskFilter } from './task-store.ts';

/**
 * The verdict on a settlement attempt, judged by the task as it is stored. It decides nothing by itself: a store whose
 * compare-and-set lost reads the task and asks for the reason here. `accepted` then means that the task came into being
 * in between: try again.
 *
 * @param attempt.now When the attempt was made, in milliseconds since the epoch.
 */
export function judgeSettlement(attempt: { task: TaskRecord; settlement: Settlement; now: number }): StoreVerdict {
  const { task, settlement, now } = attempt;
  const { settlement: winner, lateResult } = task;
  if (winner === undefined) return isDue(task, now) && lateResult !== 'accept' ? 'late' : 'accepted';
  if (sameJson({ ...winner }, { ...settlement })) return 'duplicate';
  const { status } = toOutcome(winner);
  if (status === 'expired') return 'late';
  return status === 'cancelled' ? 'cancelled' : 'conflict';
}

/** The task after a change. */
export function changeTask(task: TaskRecord, change: TaskChange): TaskRecord {
  const { dispatched, callId, tokenHash, placeholderSentAt } = change;
  const { phase, ...rest } = task;
  const first = task.dispatchedAt === undefined && !neverDispatched(task) ? dispatched : undefined;
  const keepsPhase = phase !== undefined && !(phase === 'dispatching' && dispatched !== undefined);
  return {
    ...rest,
    ...(keepsPhase ? { phase } : {}),
    ...(first === undefined ? {} : { dispatchResult: first.dispatchResult, dispatchedAt: first.at }),
    ...(callId === undefined || task.callIds.includes(callId) ? {} : { callIds: [...task.callIds, callId] }),
    ...(tokenHash === undefined ? {} : { tokenHashes: [...task.tokenHashes, tokenHash] }),
    ...(placeholderSentAt === undefined || task.placeholderSentAt !== undefined ? {} : { placeholderSentAt }),
  };
}

/** When a task was over in the sense of a purge, in milliseconds since the epoch; `undefined` if it is not. */
export function overSince(task: TaskRecord, which: Purgeable): number | undefined {
  const { consumption, settledAt, createdAt, status } = task;
  switch (which) {
    case 'told':
      return consumption?.at;
    case 'settled':
      return isTerminal(status) ? (consumption?.at ?? settledAt) : undefined;
    case 'all':
      return isTerminal(status) ? (consumption?.at ?? settledAt) : createdAt;
    default:
      return which satisfies never;
  }
}

/**
 * The delivery that a new claim must keep; `undefined` if the claim fixes one. A placeholder that was sent after a run
 * with the result had died overrules what that run was about to do (law 13).
 */
export function fixedDelivery(task: Pick<TaskRecord, 'delivery' | 'placeholderSentAt'>): TaskDelivery | undefined {
  const { delivery, placeholderSentAt } = task;
  return delivery?.kind === 'replace' && placeholderSentAt !== undefined ? undefined : delivery;
}

/** `true` if the task meets every condition of the filter. */
export function fitsFilter(task: TaskRecord, { statuses, callIds, consumed }: TaskFilter): boolean {
  return (
    (statuses?.includes(task.status) ?? true) &&
    (callIds === undefined || task.callIds.some((callId) => callIds.includes(callId))) &&
    (consumed === undefined || (task.consumption !== undefined) === consumed)
  );
}

/**
 * `true` if somebody is to be woken for the task: it has an outcome that no model was told and that is not `silent`. Not
 * one whose failure to be dispatched the history tells, and one in phase `settling` only as `settlingSince` says.
 * One in phase `authorizing` counts: a run of its conversation asks the policy again.
 */
export function isReady(task: TaskRecord, { settlingSince }: Pick<ReadyFilter, 'settlingSince'> = {}): boolean {
  const { status, phase, settledAt, consumption, scheduling } = task;
  if (consumption !== undefined || scheduling === 'silent' || neverDispatched(task)) return false;
  if (isTerminal(status) || phase === 'authorizing') return true;
  return phase === 'settling' && settledAt !== undefined && settlingSince !== undefined && settledAt <= settlingSince;
}
