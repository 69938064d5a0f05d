import { randomUUID } from 'node:crypto';
import { type PostgresServer, startPostgres } from '@latecall/testing';
import pg from 'pg';

/** A PostgreSQL with room for any number of stores. */
export interface PostgresDatabase {
  readonly server: PostgresServer;
  /** Runs a statement in no schema of a test. */
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** A connection string to a new, empty schema. */
  createSchema(): Promise<string>;
  /** Removes the schemas and stops the server. */
  stop(): Promise<void>;
}

/** Starts a server, or takes that of `DATABASE_URL`. */
export async function startDatabase(): Promise<PostgresDatabase> {
  const server = await startPostgres();
  const schemas: string[] = [];
  const query = async (sql: string) => {
    const client = new pg.Client({ connectionString: server.url });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };
  return {
    server,
    query,
    createSchema: async () => {
      const name = `latecall_${randomUUID().replaceAll('-', '')}`;
      await query(`CREATE SCHEMA ${name}`);
      schemas.push(name);
      const url = new URL(server.url);
      url.searchParams.set('options', `-c search_path=${name}`);
      return url.href;
    },
    stop: async () => {
      for (const name of schemas) await query(`DROP SCHEMA IF EXISTS ${name} CASCADE`);
      await server.stop();
    },
  };
}
