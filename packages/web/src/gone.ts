import { isDue, isOpen, type SettlementVerdict, type TaskRecord, toOutcome, verdictOf } from '@latecall/core';

/** The verdict on whatever comes for a task that was cancelled or whose time is over; `undefined` for others. */
export function goneVerdict(task: TaskRecord, now: number): SettlementVerdict | undefined {
  const verdict = whyGone(task, now);
  return verdict === undefined ? undefined : verdictOf({ verdict, id: task.id, task });
}

function whyGone(task: TaskRecord, now: number): 'late' | 'cancelled' | undefined {
  if (isOpen(task)) return isDue(task, now) ? 'late' : undefined;
  if (task.settlement === undefined) return undefined;
  const { status } = toOutcome(task.settlement);
  if (status === 'expired') return 'late';
  return status === 'cancelled' ? 'cancelled' : undefined;
}
