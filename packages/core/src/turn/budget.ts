import { type Clock, systemClock } from '../base/clock.ts';
import { type Duration, toMilliseconds } from '../base/duration.ts';

/** What was spent of a {@link Budget}: plain JSON, to be kept with the conversation. */
export interface BudgetSpent {
  /** Model calls that were made. */
  readonly turns: number;
  /** Milliseconds in which runs were at work: in model calls, tools, and what lies between them. */
  readonly ms: number;
}

/** How much work a conversation may take. */
export interface BudgetOptions {
  /** Model calls. @default any number */
  readonly turns?: number;
  /** Time at work; waiting for results does not count. @default any */
  readonly workingTime?: Duration;
  /** What earlier runs have spent, as `spent()` gave it. @default nothing */
  readonly spent?: BudgetSpent;
  readonly clock?: Pick<Clock, 'now'>;
}

/**
 * Limits the work of a conversation, over any number of runs, and does not count waiting: neither the time in which a
 * call is pending nor the runs that find out that it still is.
 */
export interface Budget {
  /** What was spent up to now, this run included. */
  spent(): BudgetSpent;
  /** `true` once nothing is left: the run ends before its next model call. */
  exhausted(): boolean;
  /** A run begins. */
  start(): void;
  /** A model call begins. */
  beginTurn(): void;
  /** It has ended; what follows in this run still counts. */
  endTurn(): void;
  /** The run waits. */
  pause(): void;
}

/**
 * Makes a {@link Budget} for one conversation: hand it to `wrap`, and keep what `spent()` says with the conversation.
 *
 * @throws {LatecallError} with code `invalid_duration`.
 *
 * @example
 * const budget = createBudget({ turns: 20, workingTime: '5m', spent: await loadSpent(thread) });
 * await generateText({ ...later.wrap({ model, tools, scope: { thread }, budget }), messages });
 * await saveSpent(thread, budget.spent());
 */
export function createBudget(options: BudgetOptions = {}): Budget {
  const { turns: mostTurns = Number.POSITIVE_INFINITY, workingTime, clock = systemClock } = options;
  const mostMs = workingTime === undefined ? Number.POSITIVE_INFINITY : toMilliseconds(workingTime);
  let { turns, ms } = options.spent ?? { turns: 0, ms: 0 };
  let since: number | undefined;
  const count = () => {
    const now = clock.now();
    if (since !== undefined) ms += Math.max(0, now - since);
    since = now;
  };
  const spent = (): BudgetSpent => ({ turns, ms });
  return {
    spent,
    exhausted: () => {
      if (since !== undefined) count();
      return turns >= mostTurns || ms >= mostMs;
    },
    start: () => {
      since = undefined;
    },
    beginTurn: () => {
      turns += 1;
      count();
    },
    endTurn: count,
    pause: () => {
      if (since !== undefined) count();
      since = undefined;
    },
  };
}
