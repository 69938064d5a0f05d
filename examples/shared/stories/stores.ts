// The stores that the stories are played on; each play has one of its own.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryStore, type TaskStore } from '@latecall/ai-sdk';
import { postgresStore } from '@latecall/stores/postgres';
import { sqliteStore } from '@latecall/stores/sqlite';
import { startPostgres } from '@latecall/testing';
import pg from 'pg';

/** A new, empty store, and how to leave nothing of it behind. */
export interface OpenStore {
  readonly store: TaskStore;
  readonly close: () => Promise<void>;
}

export async function openMemory(): Promise<OpenStore> {
  return { store: createMemoryStore(), close: async () => {} };
}

/** On a file in a temporary folder. */
export async function openSqlite(): Promise<OpenStore> {
  const folder = await mkdtemp(join(tmpdir(), 'latecall-story-'));
  const store = sqliteStore(join(folder, 'latecall.db'));
  return {
    store,
    close: async () => {
      store.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** A PostgreSQL in which each store has a schema of its own. Ask `postgresMissing` first whether there is one. */
export async function startPostgresStores(): Promise<{ open: () => Promise<OpenStore>; stop: () => Promise<void> }> {
  const server = await startPostgres();
  const openPool = (options: pg.PoolConfig) => {
    const pool = new pg.Pool({ connectionString: server.url, ...options });
    pool.on('error', () => {}); // a connection that waits in the pool may hear that the server stops
    return pool;
  };
  const admin = openPool({ max: 1 });
  const open = async (): Promise<OpenStore> => {
    const schema = `story_${randomUUID().replaceAll('-', '')}`;
    await admin.query(`CREATE SCHEMA ${schema}`);
    const pool = openPool({ options: `-c search_path=${schema}` });
    const store = postgresStore(pool);
    return {
      store,
      close: async () => {
        await store.close();
        await pool.end();
        await admin.query(`DROP SCHEMA ${schema} CASCADE`);
      },
    };
  };
  return {
    open,
    stop: async () => {
      await admin.end();
      await server.stop();
    },
  };
}
