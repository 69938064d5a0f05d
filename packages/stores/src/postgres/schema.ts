import { LatecallError } from '@latecall/core';
import { taskTable } from '../sql/task-table.ts';
import { checkOut, type PostgresClient, type PostgresPool } from './postgres-pool.ts';

/** Raised with every change of the tables; kept in the table `latecall_schema`. */
const version = 1;

/** Any number that no other program of the database is likely to lock: "late" in ASCII. */
const lock = 0x6c617465;

/**
 * Tells every process which task changed, once the change is committed, and never what it changed to: anybody who may
 * connect can listen. Claims and consumptions are left out, as in every store's hints, or a run would wake others by
 * going about its work. Channels belong to the whole database, hence the table's own number in the name.
 */
const notifications = `
CREATE FUNCTION latecall_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.pg_notify('latecall_' || TG_RELID, NEW.scope_key || pg_catalog.chr(10) || NEW.id);
  RETURN NULL;
END
$$;
CREATE TRIGGER latecall_task_changed AFTER UPDATE OF status ON latecall_tasks
  FOR EACH ROW EXECUTE FUNCTION latecall_notify();
CREATE TRIGGER latecall_claim_released AFTER UPDATE OF claimant ON latecall_tasks
  FOR EACH ROW WHEN (NEW.claimant IS NULL) EXECUTE FUNCTION latecall_notify();
`;

/**
 * Makes the tables unless they are there. Any number of processes may do so at once. Where they are there already, it
 * only looks, so that an app may run without the right to create anything.
 *
 * @throws {LatecallError} with code `store_version` if a newer release made the tables, or one before the first,
 *   `store_foreign` if there is a table `latecall_tasks` that is not ours. What the database throws is passed on.
 */
export async function migrateSchema(pool: PostgresPool): Promise<void> {
  const client = await checkOut(pool);
  let broken = true;
  try {
    if (!(await isCurrent(client))) await createSchema(client);
    broken = false;
  } finally {
    // A connection that may be in the middle of a transaction is of no use to others.
    client.release(broken);
  }
}

async function createSchema(client: PostgresClient): Promise<void> {
  // What another process has committed must be seen after the lock, whatever the isolation of the pool.
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  await client.query(`SELECT pg_advisory_xact_lock(${lock})`);
  await client.query('CREATE TABLE IF NOT EXISTS latecall_schema (version INTEGER NOT NULL)');
  // Another process may have been faster. Asked of the table: what the connection remembers of the catalogue is old.
  if ((await versionIn(client)) === undefined) {
    if (await exists(client, 'latecall_tasks')) throw foreign();
    await client.query(taskTable({ sequence: 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY' }));
    await client.query(notifications);
    await client.query(`INSERT INTO latecall_schema (version) VALUES (${version})`);
  }
  await client.query('COMMIT');
}

async function isCurrent(client: PostgresClient): Promise<boolean> {
  if (!(await exists(client, 'latecall_schema'))) return false;
  const found = await versionIn(client);
  if (found === undefined) return false;
  if (found > version) throw newer(found);
  if (!(await hasNotes(client))) throw unreleased();
  return true;
}

async function hasNotes(client: PostgresClient): Promise<boolean> {
  const { rows } = await client.query(
    "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass('latecall_tasks') AND attname = 'notes'",
  );
  return rows.length > 0;
}

async function exists(client: PostgresClient, table: string): Promise<boolean> {
  const { rows } = await client.query(`SELECT to_regclass('${table}') IS NOT NULL AS there`);
  return rows[0]?.there === true;
}

async function versionIn(client: PostgresClient): Promise<number | undefined> {
  const { rows } = await client.query('SELECT version FROM latecall_schema');
  return rows[0] === undefined ? undefined : Number(rows[0].version);
}

function foreign(): LatecallError {
  return new LatecallError({
    code: 'store_foreign',
    message:
      'The database has a table latecall_tasks, but no table latecall_schema: it belongs to another application, or somebody dropped one of the two. Give the store a schema of its own by the search_path of its pool, or restore the table.',
  });
}

function unreleased(): LatecallError {
  return new LatecallError({
    code: 'store_version',
    message:
      'The database has no table latecall_tasks of a release of @latecall/stores: it was made before the first one, or somebody dropped it. Drop the tables latecall_tasks and latecall_schema and the function latecall_notify, or give the store another schema by the search_path of its pool.',
  });
}

function newer(found: number): LatecallError {
  return new LatecallError({
    code: 'store_version',
    message: `The tables in the database have schema version ${found}, but this release of @latecall/stores knows ${version} and older. Update @latecall/stores in this process, or give it another schema by the search_path of its pool.`,
  });
}
