import { checkScope, type Duration, LatecallError, type Resumer, type Scope, toMilliseconds } from '@latecall/core';
import type { Db, Job, PgBoss } from 'pg-boss';
import { createWakeQueue, type WakeQueue, type WakeQueueOptions } from './wake-queue.ts';

/** How {@link pgBossResumer} uses pg-boss. */
export interface PgBossResumerOptions extends WakeQueueOptions {
  /** Yours: started before the first wake, stopped after the runner. With `useListenNotify` wakes come at once. */
  readonly boss: PgBoss;
  /** How many conversations this process runs at once. @default 5 */
  readonly concurrency?: number;
  /**
   * How often each of these looks for wakes that it was not notified of, such as repetitions; 500 ms or more.
   *
   * @default '2s'
   */
  readonly pollEvery?: Duration;
}

/** A {@link Resumer} on pg-boss. */
export interface PgBossResumer extends Resumer {
  /**
   * Resolves when the wake is stored.
   *
   * @param options.db Stores it in your transaction, as in `boss.send`. Needs READ COMMITTED, PostgreSQL's default.
   * @throws {LatecallError} with code `queue_foreign` if the queue exists and is not of this kind. What pg-boss throws is
   *   passed on.
   */
  wake(scope: Scope, options?: { readonly db?: Db }): Promise<void>;
  /**
   * Wakes a conversation when the deadline of a task has come, unless nobody lives to hear it: then as soon as somebody
   * does. One job a task. Resolves when it is stored.
   *
   * @param deadline.deadlineAt Milliseconds since the epoch.
   * @param options.db As with `wake`.
   */
  wakeAt(
    deadline: { readonly scope: Scope; readonly id: string; readonly deadlineAt: number },
    options?: { readonly db?: Db },
  ): Promise<void>;
  idle(): Promise<void>;
}

/**
 * Carries wakes as jobs of pg-boss 12.33 or newer, for any number of processes on any number of machines. One job of a
 * scope waits, however often it is woken; one is handled at a time, by whichever process; a wake meanwhile waits for it.
 * A handler that throws is called again with pg-boss's own growing delay, and at once when somebody wakes the scope. The
 * job of a process that died comes again after one to two minutes (`deadAfter`).
 *
 * pg-boss keeps a waiting job for 14 days.
 *
 * @throws {LatecallError} with code `invalid_duration`. `start` throws `already_started` for a second handler, and what
 *   `wake` throws.
 *
 * @example
 * const boss = new PgBoss({ connectionString: process.env.DATABASE_URL, useListenNotify: true });
 * boss.on('error', (error) => console.error(error));
 * await boss.start();
 * const runner = createThreadRunner({ store, run, resumer: pgBossResumer({ boss }) });
 */
export function pgBossResumer(options: PgBossResumerOptions): PgBossResumer {
  const { boss, concurrency = 5, pollEvery = '2s' } = options;
  const queue = createWakeQueue(boss, options);
  const seconds = toMilliseconds(pollEvery) / 1_000;
  const polling = { pollingIntervalSeconds: seconds, notifyPollingIntervalSeconds: seconds };
  const deliveries = new Set<Promise<void>>();
  let started = false;

  const track = (delivery: Promise<void>): Promise<void> => {
    const ended: Promise<void> = delivery.then(
      () => void deliveries.delete(ended),
      () => void deliveries.delete(ended),
    );
    deliveries.add(ended);
    return delivery;
  };
  const rest = async () => {
    while (deliveries.size > 0) await Promise.all(deliveries);
  };
  const work = async (handler: (scope: Scope) => Promise<void>, isStopping: () => boolean): Promise<string> => {
    let id: string | undefined;
    id = await boss.work<Scope>(queue.name, { ...polling, groupConcurrency: 1 }, async ([job]: Job<Scope>[]) => {
      if (job === undefined) return;
      const scope = checkScope(job.data);
      // It was fetching when it was stopped. The job ends, its wake goes on for others.
      if (isStopping()) return queue.add(scope);
      try {
        await track(deliver({ queue, handler, scope }));
      } finally {
        // Else it would wait for the next poll, whatever else there is to do.
        if (id !== undefined) boss.notifyWorker(id);
      }
    });
    return id;
  };

  return {
    wake: (scope, { db } = {}) => queue.add(checkScope(scope), db),
    wakeAt: ({ scope, id, deadlineAt }, { db } = {}) =>
      queue.addAt({ scope: checkScope(scope), name: id, at: deadlineAt }, db),

    start: async (handler) => {
      if (started) throw alreadyStarted();
      started = true;
      const ids: string[] = [];
      let stopping: Promise<void> | undefined;
      let isStopping = false;
      const stop = async () => {
        isStopping = true;
        await Promise.all(ids.splice(0).map((id) => boss.offWork(queue.name, { id, wait: true })));
        await rest();
      };
      try {
        await queue.make();
        while (ids.length < concurrency) ids.push(await work(handler, () => isStopping));
      } catch (error) {
        await stop();
        started = false;
        throw error;
      }
      return () => {
        stopping ??= stop().finally(() => {
          started = false;
        });
        return stopping;
      };
    },

    idle: rest,
  };
}

async function deliver(input: {
  queue: WakeQueue;
  handler: (scope: Scope) => Promise<void>;
  scope: Scope;
}): Promise<void> {
  const { queue, handler, scope } = input;
  try {
    await handler(scope);
  } catch (error) {
    // The job that waits is the repetition. Two would each be repeated, and every wake would add one.
    if (!(await queue.waits(scope).catch(() => false))) throw error;
  }
}

function alreadyStarted(): LatecallError {
  return new LatecallError({
    code: 'already_started',
    message: 'This resumer delivers to a handler already. Stop that one first, or make another resumer.',
  });
}
