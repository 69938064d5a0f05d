import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LatecallError } from '@latecall/core';
import { loadSqlite } from '../sqlite/load-sqlite.ts';
import { isBusy } from '../sqlite/sqlite-errors.ts';

/**
 * Keeps every other opener, of this process or another, away from a folder until the returned function is called or the
 * process ends, however it ends. Node has no file locks, but SQLite has.
 *
 * @throws {LatecallError} with code `store_in_use` if somebody else has it, `sqlite_missing` on a Node without
 *   `node:sqlite`.
 */
export function lockFolder(folder: string): () => void {
  const path = `${resolve(folder)}.latecall-lock`;
  mkdirSync(dirname(path), { recursive: true });
  const { DatabaseSync } = loadSqlite();
  const file = new DatabaseSync(path);
  try {
    file.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    file.close();
    throw isBusy(error) ? inUse(folder, error) : error;
  }
  return () => file.close();
}

function inUse(folder: string, cause: unknown): LatecallError {
  return new LatecallError({
    code: 'store_in_use',
    message: `The folder "${folder}" is open already, here or in another process, and PGlite would write over what the other one wrote. Close that one first; for several processes use a PostgreSQL server.`,
    cause,
  });
}
