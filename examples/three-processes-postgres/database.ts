// A PostgreSQL for the story, with a schema of its own in it: the one of DATABASE_URL is not empty.
import { randomUUID } from 'node:crypto';
import { startPostgres } from '@latecall/testing';
import pg from 'pg';
import type { History } from '../shared/three-processes/history.ts';
import { createHistoryTable, openHistory } from './history.ts';

export interface Database {
  /** How the processes find it. */
  readonly env: { readonly DATABASE_URL: string; readonly DATABASE_SCHEMA: string };
  readonly history: History;
  /** Removes the schema. */
  stop(): Promise<void>;
}

/** The app's table is made here, as its deployment would. Latecall and pg-boss make theirs at the first start. */
export async function startDatabase(): Promise<Database> {
  const server = await startPostgres();
  const schema = `three_processes_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(server.url);
  url.searchParams.set('options', `-c search_path=${schema}`);
  const pool = new pg.Pool({ connectionString: url.href, max: 2 });
  pool.on('error', () => {}); // a server that is stopped may be faster than the end of a connection
  await pool.query(`CREATE SCHEMA ${schema}`);
  await createHistoryTable(pool);
  return {
    env: { DATABASE_URL: url.href, DATABASE_SCHEMA: schema },
    history: openHistory(pool),
    stop: async () => {
      await pool.query(`DROP SCHEMA ${schema} CASCADE`);
      await pool.end();
      await server.stop();
    },
  };
}
