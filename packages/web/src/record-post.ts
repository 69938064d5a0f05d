import { type Clock, type Scope, type SettlementVerdict, systemClock, type TaskRecord } from '@latecall/core';
import { goneVerdict } from './gone.ts';
import type { LatecallLike } from './latecall-like.ts';
import type { Post } from './read-post.ts';

/** Options of the routes that record something. */
export interface RecordOptions<TOOLS> {
  readonly later: LatecallLike<TOOLS>;
  /** The app's tools: the one that made the call says what a result must look like. */
  readonly tools: NoInfer<TOOLS>;
  /** Longer bodies are refused with 413. @default 1_048_576 (1 MiB) */
  readonly maxBodyBytes?: number;
  /**
   * Called when a task has its outcome, before the sender is answered: put the wake of its conversation into a queue or
   * `after()` here. At least once: if it throws, the sender is answered 500, and its next attempt calls it again.
   */
  readonly onSettled?: (task: TaskRecord) => void | Promise<void>;
  /** Give the one that the Latecall has, if it has one of its own. */
  readonly clock?: Pick<Clock, 'now'>;
}

/** Passes what was posted through the gate. A `token` given, even as `undefined`, must fit. */
export async function recordPost<TOOLS>(
  options: RecordOptions<TOOLS>,
  posted: { id: string; post: Post; scope?: Scope; token?: string | undefined },
): Promise<SettlementVerdict> {
  const { later, tools, onSettled, clock = systemClock } = options;
  const { post, ...where } = posted;
  if ('settling' in post) {
    const told = await later.settle({ ...where, ...post.settling, tools });
    const gone = told.verdict === 'invalid' ? goneOf(told, clock) : undefined;
    return gone ?? announce(told, onSettled);
  }
  const told = await later.report({ ...where, ...post.news });
  if (told.verdict === 'accepted') return { ...told, message: `The news of "${told.id}" was recorded.` };
  return goneOf(told, clock) ?? told;
}

/** What is wrong with a message does not matter to a sender whose task is over. */
function goneOf({ task }: SettlementVerdict, clock: Pick<Clock, 'now'>): SettlementVerdict | undefined {
  return task === undefined ? undefined : goneVerdict(task, clock.now());
}

/** Says that a task has its outcome; again for a duplicate, since the first time may not have got through. */
export async function announce(
  told: SettlementVerdict,
  onSettled: RecordOptions<never>['onSettled'],
): Promise<SettlementVerdict> {
  const { verdict, task } = told;
  if ((verdict === 'accepted' || verdict === 'duplicate') && task !== undefined) await onSettled?.(task);
  return told;
}
