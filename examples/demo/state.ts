// What outlives the demo, in a folder of its own: the tasks of Latecall, the messages of the app, the jobs of the
// outside world. It stays when the demo is stopped, and is deleted when the demo has come to its end.
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const repository = join(import.meta.dirname, '../..');
const folder = join(process.env.LATECALL_DEMO_FOLDER ?? repository, '.latecall-demo');
const leftover = `${folder}-done`;

/** The folder as somebody would type it. */
export const shownFolder = relative(process.cwd(), folder);

export function makeStateFolder() {
  mkdirSync(folder, { recursive: true });
  return {
    /** What Latecall knows; `sqliteStore` wants a file of its own. */
    latecall: join(folder, 'latecall.db'),
    app: join(folder, 'app.db'),
    outside: join(folder, 'outside.db'),
  };
}

/** All of it or nothing is gone, whenever the process dies: a renamed folder is not found again. */
export function deleteState(): void {
  rmSync(leftover, { recursive: true, force: true });
  renameSync(folder, leftover);
  rmSync(leftover, { recursive: true });
}

/** Opens a database for this process alone, until it closes it or dies. Throws if another one still has it. */
export function openAlone(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  // A process that was just killed may take a moment to be gone.
  database.exec('PRAGMA busy_timeout = 1000; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
  return database;
}
