// Where the app keeps what must outlive it: a folder of SQLite files.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const folder = process.env.LATECALL_CHAT_FOLDER ?? '.latecall-chat';
const isBuild = process.env.NEXT_PHASE === 'phase-production-build'; // `next build` loads the routes, and keeps nothing

/** The path of a database in the folder. */
export function databaseFile(name: string): string {
  if (isBuild) return ':memory:';
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}.db`);
}

/** Opens a database of the app's own. */
export function openDatabase(name: string): DatabaseSync {
  const database = new DatabaseSync(databaseFile(name));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 5000');
  return database;
}
