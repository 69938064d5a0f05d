import { lockFolder } from './lock-folder.ts';
import type { PostgresClient, PostgresPool } from './postgres-pool.ts';

/** What the pool needs of a `PGlite` database. */
export interface PgliteDatabase {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  exec(text: string): Promise<{ rows: unknown[] }[]>;
  onNotification(listener: (channel: string, payload: string) => void): () => void;
  close(): Promise<void>;
}

/** A pool for `postgresStore` that has one session of a PGlite database for all. */
export interface PglitePool extends PostgresPool {
  /** Closes the database and lets others open its folder. Close the store before. */
  end(): Promise<void>;
}

/**
 * Opens a PGlite database (`@electric-sql/pglite`, PostgreSQL within the process) for `postgresStore`: for tests and
 * development. Only one process can use a folder, and PGlite itself does not see to that; this does. Give the database
 * to one store, and to nothing that begins transactions.
 *
 * @param dataDir The folder, made if it is missing. Left out: in memory.
 * @param open Opens the database. Called once the folder is locked; a file beside it is the lock.
 * @throws {LatecallError} with code `store_in_use` if the folder is open already, `sqlite_missing` if this Node has no
 *   `node:sqlite`, which the lock is made with.
 *
 * @example
 * const pool = await pglitePool({ dataDir: './data', open: (dataDir) => PGlite.create(dataDir) });
 * const store = postgresStore(pool);
 */
export async function pglitePool(input: {
  dataDir?: string;
  open: (dataDir: string | undefined) => PgliteDatabase | Promise<PgliteDatabase>;
}): Promise<PglitePool> {
  const { dataDir, open } = input;
  const unlock = dataDir === undefined ? () => {} : lockFolder(dataDir);
  let database: PgliteDatabase;
  try {
    database = await open(dataDir);
  } catch (error) {
    unlock();
    throw error;
  }
  return {
    query: async (text, values) => ({ rows: rowsOf((await database.query(text, values)).rows) }),
    connect: async () => connectTo(database),
    end: async () => {
      await database.close();
      unlock();
    },
  };
}

function connectTo(database: PgliteDatabase): PostgresClient {
  const leave: (() => void)[] = [];
  let inTransaction = false;
  return {
    query: async (text) => {
      if (text.startsWith('BEGIN')) inTransaction = true;
      const results = await database.exec(text);
      if (text === 'COMMIT') inTransaction = false;
      return { rows: rowsOf(results.at(-1)?.rows ?? []) };
    },
    on: (event: string, listener: (message: { payload: string }) => void) => {
      // Within one process no connection is lost.
      if (event === 'notification') leave.push(database.onNotification((_, payload) => listener({ payload })));
    },
    release: () => {
      for (const stop of leave) stop();
      // There is only this session: what failed half way must not stay open.
      if (inTransaction) void database.exec('ROLLBACK').catch(() => {});
    },
  };
}

// Unless asked for arrays, PGlite gives an object a row.
function rowsOf(rows: unknown[]): Readonly<Record<string, unknown>>[] {
  return rows as Readonly<Record<string, unknown>>[];
}
