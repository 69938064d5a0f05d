import { setTimeout } from 'node:timers/promises';
import { createHintListeners, type Duration, LatecallError, type TaskStore, toMilliseconds } from '@latecall/core';
import { createSqlStore } from './sql/sql-store.ts';
import { openDatabase } from './sqlite/open-database.ts';
import { toStoreError } from './sqlite/sqlite-errors.ts';
import { sqliteExecutor } from './sqlite/sqlite-executor.ts';
import { watchChanges } from './sqlite/watch-changes.ts';

/** How {@link sqliteStore} uses its file. */
export interface SqliteStoreOptions {
  /** How long a statement waits for another process that writes. @default '5s' */
  readonly busyTimeout?: Duration;
  /**
   * `full`: what was acknowledged survives a loss of power. `normal`: it survives the end of the process, and writes
   * are many times faster. @default 'full'
   */
  readonly synchronous?: 'full' | 'normal';
  /**
   * How often, while somebody is subscribed, to look for changes by other processes that the file system did not
   * report. @default 100 (ms)
   */
  readonly pollInterval?: Duration;
}

/** A store in a SQLite file. */
export interface SqliteStore extends TaskStore {
  /** Closes the file and ends all subscriptions. Later calls of the store throw `store_closed`; closing again is fine. */
  close(): void;
}

/**
 * A durable store in one SQLite file, on Node's own `node:sqlite` (Node 22.13 or newer). Any number of processes of
 * one machine may use the file at once; do not put it on a network file system. It is the store's own: give your app's
 * tables another file. Statements run synchronously, a fraction of a millisecond each.
 *
 * Subscribers hear of changes by this store at once, of those by other processes soon after. A subscription keeps no
 * process alive.
 *
 * @param path The file, made if it is missing; its folder must exist. `':memory:'` for one that lives as long as the store.
 * @throws {LatecallError} with code `sqlite_missing` if this Node has no `node:sqlite`, `store_unavailable` if the file
 *   cannot be opened or is no database, `store_version` if a newer release made its tables, `store_foreign` if it is the
 *   database of something else, `store_busy` if it stays locked, `invalid_duration` for an option that is no duration.
 *   The methods of the store throw `store_busy` and `store_closed`.
 *
 * @example
 * const store = sqliteStore('./latecall.db');
 */
export function sqliteStore(path: string, options: SqliteStoreOptions = {}): SqliteStore {
  const { busyTimeout = '5s', synchronous = 'full', pollInterval = 100 } = options;
  const busyTimeoutMs = toMilliseconds(busyTimeout);
  const everyMs = toMilliseconds(pollInterval);
  const database = openDatabase({ path, busyTimeoutMs, synchronous });
  const listeners = createHintListeners();
  let closed = false;
  let stopWatching: (() => void) | undefined;

  const toError = (error: unknown) => (closed ? closedError(path) : toStoreError(error, { path, busyTimeoutMs }));
  const { query } = sqliteExecutor({ database, toError });
  const unwatch = () => {
    stopWatching?.();
    stopWatching = undefined;
  };

  return {
    ...createSqlStore({ executor: { query }, tell: listeners.tell, rowLock: '', rest }),

    subscribe: (listener) => {
      if (closed) throw closedError(path);
      // Nobody else can change a database in memory.
      if (path !== ':memory:') stopWatching ??= watchChanges({ path, query, everyMs, tell: listeners.tell });
      const leave = listeners.add(listener);
      return () => {
        leave();
        if (listeners.size === 0) unwatch();
      };
    },

    close: () => {
      if (closed) return;
      closed = true;
      unwatch();
      database.close();
    },
  };
}

/** Others that wait for the lock look now and then; they must find the file free at times. */
const rest = () => setTimeout(10);

function closedError(path: string): LatecallError {
  return new LatecallError({
    code: 'store_closed',
    message: `The store on "${path}" was closed. Open another one with sqliteStore("${path}").`,
  });
}
