import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createMemoryStore, type TaskStore } from '@latecall/core';
import { postgresStore } from '@latecall/stores/postgres';
import { sqliteStore } from '@latecall/stores/sqlite';
import { postgresMissing, startPostgres } from '@latecall/testing';
import pg from 'pg';
import { newTask, taskAt, tasksPerThread } from './tasks.ts';

export const storeNames = ['memory', 'sqlite', 'postgres'] as const;
export type StoreName = (typeof storeNames)[number];

/** What a store asked its driver for. */
interface Sent {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** A statement as a store has it, on the driver alone. */
type BareQuery = (statement: Sent) => unknown;

export interface OpenStore {
  readonly store: TaskStore;
  /** Brings it to so many live tasks: `taskAt(0)` to `taskAt(count - 1)`, and copies of them. */
  fill(count: number): Promise<void>;
  /** Bytes on disk. */
  diskBytes?(): Promise<number>;
  /** For SQL stores: what the store sends while `work` goes on, and the driver to send it with. */
  readonly driver?: {
    readonly record: (work: () => Promise<unknown>) => Promise<Sent[]>;
    readonly query: BareQuery;
  };
  close(): Promise<void>;
}

/** How many are made one by one; the rest are copies of them. */
const seedTasks = 1_000;

/** `undefined` where there is no such store on this machine. */
export async function openStore(name: StoreName): Promise<OpenStore | undefined> {
  if (name === 'memory') return openMemory();
  if (name === 'sqlite') return openSqlite();
  return postgresMissing() === undefined ? openPostgres() : undefined;
}

function openMemory(): OpenStore {
  const store = createMemoryStore();
  return { store, fill: (count) => createTasks(store, 0, count), close: async () => {} };
}

function openSqlite(): OpenStore {
  const folder = mkdtempSync(join(tmpdir(), 'latecall-bench-'));
  const path = join(folder, 'tasks.db');
  tapSqlite();
  const store = sqliteStore(path, { synchronous: 'normal' });
  const bare = new DatabaseSync(path);
  bare.exec('PRAGMA busy_timeout = 5000; PRAGMA synchronous = NORMAL');
  let own: DatabaseSync | undefined;
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  return {
    store,
    fill: async (count) => {
      await createTasks(store, 0, Math.min(count, seedTasks));
      const columns = bare.prepare("SELECT name FROM pragma_table_info('latecall_tasks')").all() as { name: string }[];
      bare.exec(
        copies(
          columns.map(({ name }) => name),
          count,
          'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)',
          'n',
        ),
      );
      bare.exec('PRAGMA wal_checkpoint(TRUNCATE); ANALYZE');
    },
    diskBytes: async () => {
      bare.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      return statSync(path).size;
    },
    driver: {
      record: async (work) => {
        const sent: Sent[] = [];
        hear = (statement, database) => {
          sent.push(statement);
          own = database;
        };
        await work();
        hear = undefined;
        return sent;
      },
      // On the store's own connection: two that write by turns make each other read their pages again.
      query: ({ sql, values }) => {
        const statement = prepared.get(sql) ?? (own ?? bare).prepare(sql);
        prepared.set(sql, statement);
        return statement.all(...(values as never[]));
      },
    },
    close: async () => {
      bare.close();
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Hear = (statement: Sent, database: DatabaseSync) => void;

/** Who hears what the databases of this process are asked. */
let hear: Hear | undefined;

/** Once: from then on every statement tells. */
function tapSqlite(): void {
  const prototype = DatabaseSync.prototype as { prepare: DatabaseSync['prepare'] & { taps?: true } };
  const { prepare } = prototype;
  if (prepare.taps === true) return;
  const tapped: typeof prototype.prepare = function (this: DatabaseSync, sql: string) {
    const statement = prepare.call(this, sql);
    for (const method of ['all', 'get', 'run'] as const) {
      const own = statement[method].bind(statement) as (...values: unknown[]) => unknown;
      const value = (...values: unknown[]) => {
        hear?.({ sql, values }, this);
        return own(...values);
      };
      Object.defineProperty(statement, method, { value, configurable: true });
    }
    return statement;
  };
  prototype.prepare = Object.assign(tapped, { taps: true as const });
}

async function openPostgres(): Promise<OpenStore> {
  const server = await startPostgres();
  const pool = new pg.Pool({ connectionString: server.url, max: 4 });
  pool.on('error', () => {}); // the server is stopped at the end
  let sent: Sent[] | undefined;
  const listening = {
    ...pool,
    connect: () => pool.connect(),
    query: (sql: string, values: unknown[] = []) => {
      sent?.push({ sql, values });
      return pool.query(sql, values);
    },
    options: pool.options,
  };
  const store = postgresStore(listening as never);
  await store.migrate();
  return {
    store,
    fill: async (count) => {
      await createTasks(store, 0, Math.min(count, seedTasks));
      const { rows } = await pool.query(
        "SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'latecall_tasks'",
      );
      await pool.query(
        copies(
          (rows as { name: string }[]).map(({ name }) => name),
          count,
          '',
          `generate_series(1, ${copyCount(count)}) AS n(i)`,
        ),
      );
      await pool.query('VACUUM ANALYZE latecall_tasks');
    },
    diskBytes: async () => {
      const { rows } = await pool.query("SELECT pg_total_relation_size('latecall_tasks') AS bytes");
      return Number((rows[0] as { bytes: string }).bytes);
    },
    driver: {
      record: async (work) => {
        const heard: Sent[] = [];
        sent = heard;
        await work();
        sent = undefined;
        return heard;
      },
      query: ({ sql, values }) => pool.query(sql, values as unknown[]),
    },
    close: async () => {
      await store.close();
      await pool.end();
      await server.stop();
    },
  };
}

function copyCount(count: number): number {
  return Math.ceil(Math.max(0, count - seedTasks) / seedTasks);
}

/** One statement that copies what is there into other threads, under other ids. */
function copies(columns: readonly string[], count: number, before: string, numbers: string): string {
  const own = columns.filter((name) => name !== 'seq');
  const renamed: Readonly<Record<string, string>> = {
    scope_key: `replace(scope_key, 'thread-', 'copy-' || n.i || '-')`,
    thread_key: `replace(thread_key, 'thread-', 'copy-' || n.i || '-')`,
    id: `id || '-' || n.i`,
    origin: `replace(replace(origin, 'thread-', 'copy-' || n.i || '-'), id, id || '-' || n.i)`,
  };
  const values = own.map((name) => renamed[name] ?? name).join(', ');
  return `${before} INSERT INTO latecall_tasks (${own.join(', ')}) SELECT ${values} FROM latecall_tasks, ${numbers} WHERE n.i <= ${copyCount(count)}${before === '' ? '' : ` LIMIT ${copyCount(count) * seedTasks}`}`;
}

async function createTasks(store: TaskStore, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += tasksPerThread) {
    const batch = Array.from({ length: Math.min(tasksPerThread, to - at) }, (_, index) => newTask(taskAt(at + index)));
    await Promise.all(batch.map((task) => store.create(task)));
  }
}
