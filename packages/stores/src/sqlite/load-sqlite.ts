import process from 'node:process';
import { LatecallError } from '@latecall/core';

/** The module `node:sqlite`, looked up when it is needed, so that an old Node gets an error that says so. */
export type Sqlite = typeof import('node:sqlite');

/** @throws {LatecallError} with code `sqlite_missing` if this Node has none. */
export function loadSqlite(): Sqlite {
  // Both may be missing in an old Node, whatever the types of a new one say.
  const load: ((id: 'node:sqlite') => Sqlite | undefined) | undefined = process.getBuiltinModule;
  const sqlite = load?.('node:sqlite');
  if (sqlite !== undefined) return sqlite;
  throw new LatecallError({
    code: 'sqlite_missing',
    message: `The SQLite store needs the built-in module node:sqlite, which Node ${process.versions.node} does not have. Run this process on Node 22.13 or newer.`,
  });
}
