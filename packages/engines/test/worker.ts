// A process of its own that handles wakes and never ends: `worker.ts <url> <schema> <queue>`. It writes a line for each
// delivery.
import process from 'node:process';
import { pgBossResumer } from '../src/pg-boss.ts';
import { openBoss } from './engine-database.ts';

const [url, schema, queue] = process.argv.slice(2) as [string, string, string];
const boss = openBoss({ url, schema });
await boss.start();
await pgBossResumer({ boss, queue }).start((scope) => {
  process.stdout.write(`${scope.thread}\n`);
  return new Promise(() => {});
});
