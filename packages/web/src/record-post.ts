import {
  type Clock,
  isTerminal,
  type Scope,
  type SettlementVerdict,
  systemClock,
  type TaskRecord,
} from '@latecall/core';
import { goneVerdict, takesLateResult } from './gone.ts';
import type { LatecallLike } from './latecall-like.ts';
import type { News, Post } from './read-post.ts';

/** Options of the routes that record something. */
export interface RecordOptions<TOOLS> {
  readonly later: LatecallLike<TOOLS>;
  /** The app's tools: the one that made the call says what a result must look like. */
  readonly tools: NoInfer<TOOLS>;
  /** Longer bodies are refused with 413. @default 1_048_576 (1 MiB) */
  readonly maxBodyBytes?: number;
  /**
   * Called when a task has its outcome, before the request is answered: put the wake of its conversation into a queue or
   * `after()` here. At least once: if it throws, the answer is 500, and the next attempt calls it again. Also for a
   * result that the policy refused, for that is an outcome too. A late result comes with a task of its own (`sequelOf`).
   */
  readonly onSettled?: (task: TaskRecord) => void | Promise<void>;
  /** Give the one that the Latecall has, if it has one of its own. */
  readonly clock?: Pick<Clock, 'now'>;
}

interface Place {
  readonly id: string;
  readonly scope?: Scope;
}

/** Passes what was posted through the gate. That its sender may speak for the task was proved before. */
export async function recordPost<TOOLS>(
  options: RecordOptions<TOOLS>,
  { post, ...place }: Place & { post: Post },
): Promise<SettlementVerdict> {
  const { later, tools, onSettled, clock = systemClock } = options;
  if ('news' in post) return recordNews({ later, clock, place, news: post.news });
  const told = await later.settle({ ...place, ...post.settling, tools });
  if (told.verdict === 'unauthorized') {
    const ended = await endedTask(later, place);
    if (ended !== undefined) await onSettled?.(ended);
  }
  const gone = told.verdict === 'invalid' ? goneOf(told, clock) : undefined;
  return gone ?? announce(told, onSettled);
}

async function recordNews(input: {
  later: Pick<LatecallLike<never>, 'report'>;
  clock: Pick<Clock, 'now'>;
  place: Place;
  news: News;
}): Promise<SettlementVerdict> {
  const { later, clock, place, news } = input;
  const told = await later.report({ ...place, ...news });
  const { verdict, id, task } = told;
  if (verdict === 'accepted') return { ...told, message: `The news of "${id}" was recorded.` };
  if (verdict === 'duplicate') return { ...told, message: `Nothing new: "${id}" has this news, or later news.` };
  if (verdict === 'conflict' && task !== undefined && takesLateResult(task, clock.now())) {
    return { ...told, message: `The deadline of "${id}" has passed: a late result is taken, but no news.` };
  }
  return goneOf(told, clock) ?? told;
}

/** What is wrong with a message does not matter to a sender whose task is over. */
function goneOf({ task }: SettlementVerdict, clock: Pick<Clock, 'now'>): SettlementVerdict | undefined {
  return task === undefined ? undefined : goneVerdict(task, clock.now());
}

/** A verdict `unauthorized` names no task. If it was the policy that refused the result, the task has ended. */
async function endedTask(
  { store }: Pick<LatecallLike<never>, 'store'>,
  { id, scope }: Place,
): Promise<TaskRecord | undefined> {
  const where = scope ?? (await store.locate(id));
  const task = where === undefined ? undefined : await store.get({ scope: where, id });
  return task !== undefined && isTerminal(task.status) ? task : undefined;
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
