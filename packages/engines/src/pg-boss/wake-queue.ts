import { type Duration, LatecallError, type Scope, scopeKey, toMilliseconds } from '@latecall/core';
import type { Db, PgBoss } from 'pg-boss';

/** How the queue treats a delivery. */
export interface WakeQueueOptions {
  /** The queue's name. @default 'latecall-wake' */
  readonly queue?: string;
  /** Longer than any run takes, up to 24 hours: pg-boss then takes it for dead and delivers again. @default '1h' */
  readonly runAtMost?: Duration;
  /** The wait before the first repetition of a delivery that failed; doubled with each. Whole seconds. @default '1s' */
  readonly retryAfter?: Duration;
  /** @default '5m' */
  readonly retryAtMost?: Duration;
  /**
   * A process that has not been heard of for so long counts as dead when pg-boss looks next (`monitorIntervalSeconds` of
   * its own, once a minute by default), and its job comes again. 10 s or more. @default '1m'
   */
  readonly deadAfter?: Duration;
}

/** Wakes as jobs: one waiting job a scope, one active job a scope. */
export interface WakeQueue {
  readonly name: string;
  /** Makes the queue unless it is there. */
  make(): Promise<void>;
  /** Sees to it that a job of the scope waits and is due. */
  add(scope: Scope, db?: Db): Promise<void>;
  /** Sees to it that a job of the scope is due at this time, in milliseconds since the epoch; one for each name. */
  addAt(later: { scope: Scope; name: string; at: number }, db?: Db): Promise<void>;
  /** Whether a job of the scope waits that was not added for a later time. */
  waits(scope: Scope): Promise<boolean>;
}

/** How long pg-boss keeps a job that is due and that nobody takes: its own default. */
const keepSeconds = 14 * 24 * 60 * 60;

/** What fits into an integer of PostgreSQL: 68 years. */
const longestSeconds = 2 ** 31 - 1;

/** More than fit into the time that pg-boss keeps a waiting job. */
const retryLimit = 1_000_000;

/** @throws {LatecallError} with code `invalid_duration`. */
export function createWakeQueue(boss: PgBoss, options: WakeQueueOptions): WakeQueue {
  const { queue: name = 'latecall-wake', runAtMost = '1h', retryAfter = '1s', retryAtMost = '5m' } = options;
  const { deadAfter = '1m' } = options;
  const settings = {
    notify: true,
    expireInSeconds: toSeconds(runAtMost),
    retryLimit,
    retryBackoff: true,
    retryDelay: toSeconds(retryAfter),
    retryDelayMax: toSeconds(retryAtMost),
    heartbeatSeconds: toSeconds(deadAfter),
  };
  let made: Promise<void> | undefined;

  const createQueue = async () => {
    // At most one job of a scope in state `created`. It says nothing of those that wait for a retry: `add` does.
    await boss.createQueue(name, { policy: 'short', ...settings });
    const found = await boss.getQueue(name);
    if (found?.policy !== 'short') throw foreign(name, found?.policy);
    await boss.updateQueue(name, settings); // it may be that of a process with other options
  };
  const make = () => {
    made ??= createQueue().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };

  return {
    name,
    make,
    add: async (scope, db) => {
      await make();
      const key = scopeKey(scope);
      // The group is what workers look at, so that they pass over a scope that is being handled.
      const how = { singletonKey: key, group: { id: key }, startAfter: 0, ...(db === undefined ? {} : { db }) };
      // Nothing was added where a job that waited was taken in the very moment, perhaps before `db` commits.
      while ((await boss.upsert(name, scope, how)).jobs.length === 0);
    },
    addAt: async ({ scope, name: own, at }, db) => {
      await make();
      await boss.send(name, scope, {
        singletonKey: `${scopeKey(scope)} ${own}`,
        group: { id: scopeKey(scope) },
        startAfter: new Date(at),
        retentionSeconds: Math.min(Math.max(0, Math.ceil((at - Date.now()) / 1_000)) + keepSeconds, longestSeconds),
        ...(db === undefined ? {} : { db }),
      });
    },
    waits: async (scope) => (await boss.findJobs(name, { key: scopeKey(scope), queued: true })).length > 0,
  };
}

function toSeconds(duration: Duration): number {
  return Math.ceil(toMilliseconds(duration) / 1_000);
}

function foreign(name: string, policy: string | undefined): LatecallError {
  return new LatecallError({
    code: 'queue_foreign',
    message: `Expected the queue "${name}" to have pg-boss's policy "short", got ${JSON.stringify(policy)}: something else uses it. Give pgBossResumer another queue.`,
  });
}
