import { isDue, isOpen, type SettlementVerdict, type TaskRecord, toOutcome, verdictOf } from '@latecall/core';

/** The verdict on whatever comes for a task that was cancelled or whose time is over; `undefined` for others. */
export function goneVerdict(task: TaskRecord, now: number): SettlementVerdict | undefined {
  const verdict = whyGone(task, now);
  return verdict === undefined ? undefined : verdictOf({ verdict, id: task.id, task });
}

/** `true` past the deadline of a task that has no outcome of its own but takes a late result. */
export function takesLateResult(task: TaskRecord, now: number): boolean {
  return task.lateResult === 'accept' && howEnded(task, now) === 'expired';
}

function whyGone(task: TaskRecord, now: number): 'late' | 'cancelled' | undefined {
  switch (howEnded(task, now)) {
    case 'expired':
      return task.lateResult === 'accept' ? undefined : 'late';
    case 'cancelled':
      return 'cancelled';
    default:
      return undefined;
  }
}

/** A deadline that has passed counts at once, even if nobody has noticed. */
function howEnded(task: TaskRecord, now: number): string | undefined {
  if (isOpen(task)) return isDue(task, now) ? 'expired' : undefined;
  return task.settlement === undefined ? undefined : toOutcome(task.settlement).status;
}
