import type { AuditSink } from '../audit/audit.ts';
import { createReporter } from '../audit/report.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { type Duration, toMilliseconds } from '../base/duration.ts';
import { checkScope, type Scope, scopeKey } from '../base/scope.ts';
import { expiry, toOutcome } from '../parts/outcome.ts';
import { isOpen } from '../task/task.ts';
import type { TaskStore } from '../task/task-store.ts';
import { createAlarm } from './alarm.ts';
import { createAttempts, hasNews, nextAttempt } from './attempts.ts';
import { type BackoffOptions, createBackoff } from './backoff.ts';
import { createCoalescer } from './coalesce.ts';
import { createGatherer } from './gather.ts';
import { createLocalResumer } from './local-resumer.ts';
import { createOwnContext } from './own-context.ts';
import type { Resumer } from './resumer.ts';
import { type ConversationStanding, readStanding } from './standing.ts';

/** How {@link createThreadRunner} is set up. */
export interface ThreadRunnerOptions extends BackoffOptions {
  /** The store that results come into, the same as the agent's. */
  readonly store: TaskStore;
  /**
   * The app's part: loads the history of the conversation, runs the agent with this scope, and saves what was added. May
   * be called when there turns out to be nothing to do (another process was faster): the agent then makes no model call.
   * A throw is reported to `onError` and leads to another try.
   */
  readonly run: (scope: Scope) => Promise<unknown>;
  /** Carries the wakes. @default `createLocalResumer` with this clock and these retries */
  readonly resumer?: Resumer;
  readonly clock?: Clock;
  /** As given to the agent's Latecall. @default '10m' */
  readonly takeOverAfter?: Duration;
  /**
   * How long, at most, a result waits for those of other pending calls of its conversation, so that one turn tells them
   * all: a third of the time that the last run took that told results. Nothing waits where nothing more is pending.
   * `false`: nothing waits at all.
   * @default '1s'
   */
  readonly gatherFor?: Duration | false;
  /**
   * How often, at least, to look for deadlines that other processes have set and for outcomes whose hint was lost. Two
   * queries a look, and one for each conversation that is ready. @default '1m'
   */
  readonly rescanEvery?: Duration;
  /**
   * How long a task is kept after its outcome was told; then it is deleted for good. Longer than the app may run a turn
   * of that time again: without its record such a turn would dispatch anew. What the outside could not be told by then
   * of a cancellation (`onCancel`), it is never told. @default for ever
   */
  readonly keepToldFor?: Duration;
  /** As given to the agent's Latecall: told of the tasks that expire here. */
  readonly audit?: AuditSink;
  /**
   * What `run` threw, with its scope, and what the store or the resumer threw while this runner looked after them. It
   * tries again all the same. @default nobody is told
   */
  readonly onError?: (error: unknown, scope?: Scope) => void;
}

/** Runs conversations when they have something to tell their model. */
export interface ThreadRunner {
  /**
   * Takes up what was settled or has expired while nothing ran, then what comes. Starting again is without effect.
   *
   * @throws what the store or the resumer throws; nothing has been started then.
   */
  start(): Promise<void>;
  /** Begins nothing new and resolves when the runs under way have ended. It may be started again. */
  stop(): Promise<void>;
  /**
   * Says that a conversation may have something to tell; it runs if that is so. Never needed where the store's hints
   * arrive; resolves when the wake is taken.
   *
   * @throws {LatecallError} with code `invalid_scope`.
   */
  wake(scope: Scope): Promise<void>;
  /**
   * Resolves when this process neither looks nor gathers nor runs: for tests, and before a shutdown. Not what waits for
   * a deadline or another try, nor, with an engine, for a delivery.
   */
  idle(): Promise<void>;
}

/**
 * Re-invokes the agent when results have come: hears the store's hints, wakes the conversation through the resumer, runs
 * it, and settles deadlines when they pass. Any number of runners, in any number of processes, may do so on one store:
 * which of them shows a result is decided by its claim. Conversations with `silent` results only are left alone.
 *
 * What a run leaves over (another one holds the claim, the policy failed, a model call was given up) is tried again
 * after a growing delay, or when the claim may be taken over, and at once when something new has come.
 *
 * It keeps no process alive by itself.
 *
 * @throws {LatecallError} with code `invalid_duration`.
 *
 * @example
 * const runner = createThreadRunner({ store, run: async ({ thread }) => {
 *   const messages = await loadMessages(thread);
 *   const result = await generateText({ ...later.wrap({ model, tools, scope: { thread } }), messages });
 *   await appendMessages(thread, result.responseMessages);
 * } });
 * await runner.start();
 */
export function createThreadRunner(options: ThreadRunnerOptions): ThreadRunner {
  const { store, run, clock = systemClock, audit, onError } = options;
  const { takeOverAfter = '10m', rescanEvery = '1m', gatherFor = '1s' } = options;
  const keepMs = options.keepToldFor === undefined ? undefined : toMilliseconds(options.keepToldFor);
  const { report } = createReporter({ audit, logPayload: undefined, clock });
  const { resumer = createLocalResumer({ ...options, clock }) } = options;
  const takeOverAfterMs = toMilliseconds(takeOverAfter);
  const rescanMs = toMilliseconds(rescanEvery);
  const waitBefore = createBackoff(options);
  const coalesce = createCoalescer();
  const working = new Set<Promise<unknown>>();
  let ownContext = createOwnContext();
  let started: Promise<void> | undefined;
  let active = false;
  const nothingOpen = async () => {
    active = false;
  };
  let close = nothingOpen;

  const track = <VALUE>(work: Promise<VALUE>): Promise<VALUE> => {
    const ended: Promise<void> = work.then(
      () => void working.delete(ended),
      () => void working.delete(ended),
    );
    working.add(ended);
    return work;
  };
  /** Does what the runner does of its own accord, where nobody could catch. */
  const quietly = (work: () => Promise<void>, scope?: Scope): Promise<void> =>
    track(work().catch((error: unknown) => onError?.(error, scope)));

  const wake = async (scope: Scope) => {
    if (active) await resumer.wake(scope);
  };
  const attempts = createAttempts(clock, (scope) => quietly(() => wake(scope), scope));
  /** A wake that has waited was noted when it began to: if it fails, the next look has to ask for it anew. */
  const wakeGathered = async (scope: Scope) => {
    try {
      await wake(scope);
    } catch (error) {
      attempts.forget(scope);
      throw error;
    }
  };
  const gatherer = createGatherer({
    clock,
    atMostMs: gatherFor === false ? 0 : toMilliseconds(gatherFor),
    wake,
    go: (scope) => quietly(() => wakeGathered(scope), scope),
  });
  const settlingSince = () => clock.now() - takeOverAfterMs;
  const look = async (scope: Scope) => {
    const standing = await readStanding({ store, scope, settlingSince: settlingSince() });
    for (const { deadlineAt } of standing.open.filter(isOpen)) {
      if (active && deadlineAt !== undefined) alarm.set(deadlineAt);
    }
    return standing;
  };

  /** Something may have changed: wakes the conversation if a run could get further than the last one. */
  const consider = async (scope: Scope): Promise<ConversationStanding> => {
    const standing = await look(scope);
    const attempt = attempts.get(scope);
    if (standing.ready.length === 0) {
      if (attempt?.running === false) attempts.forget(scope);
    } else if (attempt === undefined || hasNews(attempt, standing)) {
      await gatherer.wake(scope, { last: standing.open.length === 0 });
      attempts.note(scope, standing); // the run may be another process's
    } else if (!attempt.running && active) {
      const earliest = clock.now() + waitBefore(attempt.runs);
      const at = nextAttempt({ standing, takeOverAfterMs, earliest });
      if (at !== undefined) attempt.alarm.set(at);
    }
    return standing;
  };
  /** The same, with the branches that waited for what was settled in this one. */
  const considerAll = async (scope: Scope) => {
    const { dependents } = await consider(scope);
    for (const dependent of dependents) await consider(dependent);
  };

  const expire = async (scope?: Scope) => {
    const due = { now: clock.now(), ...(scope === undefined ? {} : { scope }) };
    for (const task of await store.expireDue(due)) {
      await quietly(() => report('task.expired', task, { outcome: toOutcome(expiry(task)) }), task.scope);
    }
  };

  /** What the resumer delivers wakes to: those of deadlines too, if it is an engine. */
  const attend = async (scope: Scope) => {
    await expire(scope);
    const standing = await look(scope);
    if (standing.ready.length === 0) return attempts.forget(scope);
    const attempt = attempts.begin(scope, standing);
    const began = clock.now();
    try {
      await ownContext.begin(async () => run(scope));
    } finally {
      attempt.running = false;
    }
    const took = clock.now() - began;
    const after = await look(scope);
    if (standing.ready.some(({ id }) => !after.settled.has(id))) gatherer.told(took);
    // Tasks that it has opened itself, or has seen off, are no news.
    attempt.open = new Set(after.open.map(({ id }) => id));
    await consider(scope);
  };

  const sweep = async () => {
    await expire();
    const ready = await store.ready({ settlingSince: settlingSince() });
    attempts.keep(ready);
    for (const scope of ready) await coalesce(scopeKey(scope), () => quietly(() => considerAll(scope), scope));
    const next = await store.nextDeadline();
    if (active && next !== undefined) alarm.set(next);
    if (keepMs !== undefined) await store.purge({ before: clock.now() - keepMs });
  };
  const alarm = createAlarm(clock, () => {
    alarm.set(clock.now() + rescanMs); // also if the sweep fails
    return quietly(sweep);
  });

  const start = async () => {
    active = true;
    ownContext = createOwnContext(); // that of whoever starts it
    const stopResumer = await resumer.start((scope) =>
      track(attend(scope)).catch((error: unknown) => {
        onError?.(error, scope);
        throw error;
      }),
    );
    const unsubscribe = store.subscribe(({ scope }) => {
      if (active) void coalesce(scopeKey(scope), () => quietly(() => considerAll(scope), scope));
    });
    close = async () => {
      active = false;
      unsubscribe();
      alarm.cancel();
      gatherer.cancel();
      await stopResumer();
      await Promise.all(working);
      attempts.clear();
      close = nothingOpen;
    };
    alarm.set(clock.now() + rescanMs);
    await sweep();
  };

  return {
    start: () => {
      started ??= start().catch(async (error: unknown) => {
        started = undefined;
        await close();
        throw error;
      });
      return started;
    },
    stop: async () => {
      if (started === undefined) return;
      await started.catch(() => {});
      started = undefined;
      await close();
    },
    wake: async (scope) => resumer.wake(checkScope(scope)),
    idle: async () => {
      do {
        await Promise.all(working);
        await gatherer.idle();
        await resumer.idle?.();
      } while (working.size > 0);
    },
  };
}
