import type { DatabaseSync } from 'node:sqlite';
import { LatecallError } from '@latecall/core';
import { taskTable } from '../sql/task-table.ts';

/** Raised with every change of the tables; kept in the file's `user_version`. */
const version = 1;

/**
 * Which tasks changed, for other processes on the file: one row a task, with a number that only rises. Claims and
 * consumptions are left out, as in every store's hints, or a run would wake others by going about its work.
 */
const changes = `
CREATE TABLE latecall_changes (change INTEGER PRIMARY KEY AUTOINCREMENT, task INTEGER NOT NULL UNIQUE);
CREATE TRIGGER latecall_task_changed AFTER UPDATE OF status ON latecall_tasks BEGIN
  INSERT OR REPLACE INTO latecall_changes (task) VALUES (NEW.seq);
END;
CREATE TRIGGER latecall_claim_released AFTER UPDATE OF claimant ON latecall_tasks WHEN NEW.claimant IS NULL BEGIN
  INSERT OR REPLACE INTO latecall_changes (task) VALUES (NEW.seq);
END;
CREATE TRIGGER latecall_task_deleted AFTER DELETE ON latecall_tasks BEGIN
  DELETE FROM latecall_changes WHERE task = OLD.seq;
END;
`;

/**
 * Looks whether the file is ours to use, without changing it.
 *
 * @throws {LatecallError} with code `store_version` if a newer release made the tables, or one before the first,
 *   `store_foreign` if the file is the database of something else.
 */
export function checkSchema(database: DatabaseSync, path: string): void {
  const found = versionOf(database);
  if (found === 0) return;
  const ours = database.prepare("SELECT name FROM sqlite_schema WHERE name = 'latecall_tasks'").get() !== undefined;
  if (!ours) {
    throw new LatecallError({
      code: 'store_foreign',
      message: `The database "${path}" has user_version ${found} and no table latecall_tasks: it belongs to another application. Give the store a file of its own.`,
    });
  }
  if (found > version) {
    throw new LatecallError({
      code: 'store_version',
      message: `The database "${path}" has schema version ${found}, but this release of @latecall/stores knows ${version} and older. Update @latecall/stores in this process, or give it another file.`,
    });
  }
  const columns = database.prepare("SELECT name FROM pragma_table_info('latecall_tasks')").all();
  if (!columns.some(({ name }) => name === 'notes')) {
    throw new LatecallError({
      code: 'store_version',
      message: `The database "${path}" was made by @latecall/stores before its first release, with tables that no release reads. Delete the file, or give another one.`,
    });
  }
}

/** Makes the tables unless they are there. Any number of processes may do so at once. */
export function createSchema(database: DatabaseSync): void {
  if (versionOf(database) !== 0) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have been faster.
    if (versionOf(database) === 0) create(database);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function create(database: DatabaseSync): void {
  database.exec(taskTable({ sequence: 'INTEGER PRIMARY KEY AUTOINCREMENT' }));
  database.exec(changes);
  database.exec(`PRAGMA user_version = ${version}`);
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version);
}
