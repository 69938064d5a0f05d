import type { DatabaseSync } from 'node:sqlite';
import { LatecallError } from '@latecall/core';
import { loadSqlite } from './load-sqlite.ts';
import { checkSchema, createSchema } from './schema.ts';
import { isBusy, toStoreError } from './sqlite-errors.ts';

/** How the file is opened. */
export interface DatabaseOptions {
  readonly path: string;
  readonly busyTimeoutMs: number;
  readonly synchronous: 'full' | 'normal';
}

/**
 * Opens the file, makes it if it is missing, and makes the tables in it.
 *
 * @throws {LatecallError} with code `sqlite_missing`, `store_unavailable`, `store_busy`, `store_version` or
 *   `store_foreign`.
 */
export function openDatabase(options: DatabaseOptions): DatabaseSync {
  const { DatabaseSync } = loadSqlite();
  checkPath(options.path);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(options.path);
    prepare(database, options);
    return database;
  } catch (error) {
    database?.close();
    throw toOpenError(error, options);
  }
}

/** SQLite takes an empty path for a file that is deleted when it is closed. */
function checkPath(path: string): void {
  if (typeof path === 'string' && path !== '') return;
  throw new LatecallError({
    code: 'store_unavailable',
    message: `The path of a database must be a non-empty string, got ${JSON.stringify(path)}. Give the name of a SQLite file, or of a new one; or ":memory:".`,
  });
}

function prepare(database: DatabaseSync, { path, busyTimeoutMs, synchronous }: DatabaseOptions): void {
  // Not the constructor's option, which Node 22.13 does not have.
  database.exec(`PRAGMA busy_timeout = ${Math.ceil(busyTimeoutMs)}`);
  checkSchema(database, path);
  writeAhead(database);
  database.exec(`PRAGMA synchronous = ${synchronous}`);
  createSchema(database);
}

/** Two processes that open a new file at once collide here, and this one statement does not wait for the other. */
function writeAhead(database: DatabaseSync): void {
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error)) throw error;
      // This one waits, for as long as the busy timeout says.
      database.exec('BEGIN IMMEDIATE; COMMIT');
    }
  }
}

function toOpenError(error: unknown, { path, busyTimeoutMs }: DatabaseOptions): unknown {
  const known = toStoreError(error, { path, busyTimeoutMs });
  if (LatecallError.isInstance(known)) return known;
  return new LatecallError({
    code: 'store_unavailable',
    message: `The database "${path}" cannot be opened: ${error instanceof Error ? error.message : String(error)}. Give a SQLite file, or the name of a new one, in a folder that exists and that this process may write to; or ":memory:".`,
    cause: error,
  });
}
