import { type Clock, createHintListeners, LatecallError, systemClock, type TaskStore } from '@latecall/core';
import { type Listening, listenChanges } from './postgres/listen-changes.ts';
import { toStoreError } from './postgres/postgres-errors.ts';
import { checkOut, type PostgresPool } from './postgres/postgres-pool.ts';
import { checkName, checkNames, isUnstorable, toParameter } from './postgres/postgres-values.ts';
import { migrateSchema } from './postgres/schema.ts';
import type { SqlRow, SqlValue } from './sql/sql-executor.ts';
import { createSqlStore } from './sql/sql-store.ts';

export { type PgliteDatabase, type PglitePool, pglitePool } from './postgres/pglite-pool.ts';
export type { PostgresClient, PostgresPool, PostgresResult } from './postgres/postgres-pool.ts';

/** How {@link postgresStore} uses the database. */
export interface PostgresStoreOptions {
  /** Says when a lost connection for hints is tried again. @default systemClock */
  readonly clock?: Clock;
}

/** A store in a PostgreSQL database. */
export interface PostgresStore extends TaskStore {
  /**
   * Makes the tables unless they are there; any number of processes may do so at once. The first operation does it by
   * itself, so that calling it only chooses the moment, for example a deployment under a role that may create tables.
   *
   * @throws {LatecallError} with code `store_version` if a newer release made the tables, `store_foreign` if there is a
   *   table `latecall_tasks` of somebody else, `store_unavailable`.
   */
  migrate(): Promise<void>;
  /**
   * Ends all subscriptions and gives the connection for hints back; call it before the pool's `end()`, which waits for
   * that. The pool stays yours. Later calls of the store throw `store_closed`; closing again is fine.
   */
  close(): Promise<void>;
}

/**
 * A durable store in PostgreSQL (13 or newer) on a pool of the package `pg`, for any number of processes on any number
 * of machines. Its tables `latecall_tasks` and `latecall_schema` go into the first schema of the pool's `search_path`,
 * and are made before the first operation. The pool stays yours: give it a listener for `error`, or an idle connection
 * that breaks ends the process.
 *
 * While somebody is subscribed, one connection of the pool is kept for LISTEN, which needs a session of its own (not
 * PgBouncer in transaction mode) and a pool of two or more. Subscribers hear of changes by this store at once, and of
 * every change, this store's too, when the database says so. After a connection that was lost they get a hint for each
 * scope with an unconsumed result. Operations that begin after `subscribe` wait for it to have begun.
 *
 * @throws {LatecallError} The methods of the store throw `store_unavailable` if the server cannot be reached (a change
 *   may have been made or not; repeating it is safe), `store_busy` if a statement was given up because of others,
 *   `store_closed`, what {@link PostgresStore.migrate} throws, and for a task whose names PostgreSQL cannot hold
 *   `invalid_id` or `id_too_long` (scope and id, or key, beyond 2,600 bytes). `subscribe` throws `store_pool_too_small`.
 *
 * @example
 * const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
 * pool.on('error', (error) => console.error(error));
 * const store = postgresStore(pool);
 */
export function postgresStore(pool: PostgresPool, options: PostgresStoreOptions = {}): PostgresStore {
  const { clock = systemClock } = options;
  const listeners = createHintListeners();
  let closed = false;
  let migrated: Promise<void> | undefined;
  let listening: Listening | undefined;

  const migrate = () => {
    migrated ??= migrateSchema(pool).catch((error: unknown) => {
      // The next operation tries again.
      migrated = undefined;
      throw toStoreError(error);
    });
    return migrated;
  };
  const query = async (sql: string, values: readonly SqlValue[]): Promise<readonly SqlRow[]> => {
    checkOpen(closed);
    await migrate();
    await listening?.begun;
    // Nothing has such a name.
    if (values.some(isUnstorable)) return [];
    try {
      return (await pool.query(sql, values.map(toParameter))).rows;
    } catch (error) {
      throw toStoreError(error);
    }
  };
  const connect = async () => {
    await migrate();
    return checkOut(pool);
  };
  const unlisten = () => {
    listening?.stop();
    listening = undefined;
  };
  const store = createSqlStore({
    executor: { query },
    tell: listeners.tell,
    rowLock: 'FOR UPDATE OF latecall_tasks',
    rest: async () => {}, // the next portion waits for the server anyway
  });

  return {
    ...store,

    create: async (task) => {
      checkNames(task);
      return store.create(task);
    },

    claim: async (request) => {
      checkName('claimant', request.claimant);
      // Nothing has such an id, and a statement with one finds nothing.
      const wanted = request.wanted.filter(({ id }) => !isUnstorable(id));
      return store.claim({ ...request, wanted });
    },

    subscribe: (listener) => {
      checkOpen(closed);
      checkSize(pool);
      listening ??= listenChanges({ connect, clock, tell: listeners.tell });
      const leave = listeners.add(listener);
      return () => {
        leave();
        if (listeners.size === 0) unlisten();
      };
    },

    migrate: async () => {
      checkOpen(closed);
      await migrate();
    },

    close: async () => {
      closed = true;
      unlisten();
    },
  };
}

function checkOpen(closed: boolean): void {
  if (!closed) return;
  throw new LatecallError({
    code: 'store_closed',
    message: 'The store was closed. Open another one with postgresStore(pool).',
  });
}

function checkSize(pool: PostgresPool): void {
  if (pool.options?.max !== 1) return;
  throw new LatecallError({
    code: 'store_pool_too_small',
    message:
      'A subscription keeps one connection of the pool, and this pool has only one: nothing else could run. Give the pool max: 2 or more.',
  });
}
