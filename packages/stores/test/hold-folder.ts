// A process of its own that has a PGlite folder open: `hold-folder.ts <folder>`. It says so, and stays.
import { writeSync } from 'node:fs';
import process from 'node:process';
import { pglitePool } from '../src/postgres.ts';

const nothing = async (): Promise<never> => {
  throw new Error('not asked for');
};
await pglitePool({
  dataDir: process.argv[2] ?? '',
  open: () => ({ query: nothing, exec: nothing, onNotification: () => () => {}, close: nothing }),
});
writeSync(1, 'open\n');
process.stdin.resume();
