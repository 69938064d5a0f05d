import type { TaskStore } from '@latecall/core';
import pg from 'pg';
import { postgresStore } from '../src/postgres.ts';
import { sqliteStore } from '../src/sqlite.ts';

/** Which store, for a worker process that has only its arguments. */
export type StoreKind = 'sqlite' | 'postgres';

/** A store that can be closed. */
export interface OpenStore {
  readonly store: TaskStore;
  readonly close: () => void | Promise<void>;
}

/** @param connection What the store is opened with: for `sqlite` the path of the file, for `postgres` a URL. */
export async function openStore(kind: StoreKind, connection: string): Promise<OpenStore> {
  switch (kind) {
    case 'sqlite': {
      const store = sqliteStore(connection);
      return { store, close: () => store.close() };
    }
    case 'postgres':
      return openPostgres(connection);
    default:
      return kind satisfies never;
  }
}

async function openPostgres(connectionString: string): Promise<OpenStore> {
  const pool = new pg.Pool({ connectionString });
  pool.on('error', () => {});
  const store = postgresStore(pool);
  await store.migrate();
  const close = async () => {
    await store.close();
    await pool.end();
  };
  return { store, close };
}
