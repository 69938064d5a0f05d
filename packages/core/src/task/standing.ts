import { type Outcome, toOutcome } from '../parts/outcome.ts';
import { isDue, isOpen, settlementOf, type TaskRecord } from './task.ts';

/** How a task stands, in a word. */
export type Standing = 'working' | 'input_required' | Outcome['status'];

/**
 * How a task stands for the outside, whatever a model was told of it. An outcome that has won counts once it is final:
 * while `onResult` runs, or the policy could not be asked yet, the task is `working`. A deadline that has passed counts
 * at once: nothing else can become of the task, even if nobody has noticed yet.
 */
export function standingOf(task: TaskRecord, now: number): Standing {
  const settlement = settlementOf(task);
  if (settlement !== undefined) return toOutcome(settlement).status;
  if (isOpen(task) && isDue(task, now)) return 'expired';
  return task.status === 'input_required' ? 'input_required' : 'working';
}

/** How a task stands for the people of its conversation: once a model was told the outcome, what it was told. */
export function toldStandingOf(task: TaskRecord, now: number): Standing {
  return task.consumption?.outcome.status ?? standingOf(task, now);
}
