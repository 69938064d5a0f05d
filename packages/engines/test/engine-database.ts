import { randomUUID } from 'node:crypto';
import { type PostgresStore, postgresStore } from '@latecall/stores/postgres';
import { startPostgres } from '@latecall/testing';
import pg from 'pg';
import { type Clock, PgBoss } from 'pg-boss';

/** A PostgreSQL, and what tests open on it. */
export interface EngineDatabase {
  readonly url: string;
  /** A pg-boss that is started, in the one schema of the tests or in another; it ends with the test. */
  openBoss(options?: { clock?: Clock; schema?: string }): Promise<PgBoss>;
  /** A store and its pool, on the tables of a schema; closed with the test, if not before. */
  openStore(schema?: string): { store: PostgresStore; pool: pg.Pool; close: () => Promise<void> };
  /** A schema that nothing is in. */
  createSchema(): Promise<string>;
  /** Ends what was opened. */
  close(): Promise<void>;
  /** Removes the schemas and stops the server. */
  stop(): Promise<void>;
}

/** Starts a server, or takes that of `DATABASE_URL`. */
export async function startEngineDatabase(): Promise<EngineDatabase> {
  const server = await startPostgres();
  const admin = new pg.Pool({ connectionString: server.url, max: 1 });
  admin.on('error', () => {});
  const schemas: string[] = [];
  const endings: (() => Promise<unknown>)[] = [];
  const createSchema = async () => {
    const name = `latecall_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
    await admin.query(`CREATE SCHEMA ${name}`);
    schemas.push(name);
    return name;
  };
  const common = await createSchema();
  return {
    url: server.url,
    createSchema,
    openBoss: async ({ clock, schema = common } = {}) => {
      const boss = openBoss({ url: server.url, schema, ...(clock === undefined ? {} : { clock }) });
      endings.push(() => boss.stop({ graceful: false }));
      await boss.start();
      return boss;
    },
    openStore: (schema = common) => {
      const pool = new pg.Pool({ connectionString: server.url, options: `-c search_path=${schema}` });
      pool.on('error', () => {});
      const store = postgresStore(pool);
      const close = async () => {
        await store.close();
        if (!pool.ending) await pool.end();
      };
      endings.push(close);
      return { store, pool, close };
    },
    close: async () => {
      for (const end of endings.splice(0).toReversed()) await end();
    },
    stop: async () => {
      for (const name of schemas) await admin.query(`DROP SCHEMA IF EXISTS ${name} CASCADE`);
      await admin.end();
      await server.stop();
    },
  };
}

/** A pg-boss as an app has it, without its own maintenance: tests ask for that. */
export function openBoss({ url, ...options }: { url: string; schema: string; clock?: Clock }): PgBoss {
  const boss = new PgBoss({
    connectionString: url,
    useListenNotify: true,
    supervise: false,
    schedule: false,
    max: 4,
    ...options,
  });
  boss.on('error', () => {});
  return boss;
}
