import assert from 'node:assert/strict';
import { postgresMissing } from '@latecall/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../test/open-store.ts';
import { type PostgresDatabase, startDatabase } from '../test/postgres-database.ts';
import { assertNothingLost, processConformance } from '../test/process-conformance.ts';
import { refOf, taskOf } from '../test/sample-tasks.ts';
import { startWorker } from '../test/start-worker.ts';

const missing = postgresMissing();
const noServer = postgresMissing('server');
let database: PostgresDatabase;

beforeAll(async () => {
  if (missing !== undefined) return;
  database = await startDatabase();
  return () => database.stop();
}, 60_000);

describe.skipIf(missing !== undefined)(`postgresStore in several processes${because(missing)}`, () => {
  const tests = processConformance({ kind: 'postgres', createDatabase: () => database.createSchema() });
  for (const { name, run } of tests) it(name, { timeout: 60_000 }, run);
});

describe.skipIf(noServer !== undefined)(
  `a server that is killed under load from two processes${because(noServer)}`,
  () => {
    it('ends no process and loses nothing that was acknowledged', { timeout: 60_000 }, async () => {
      const connection = await database.createSchema();
      const names = ['one', 'two'];
      const workers = await Promise.all(names.map((name) => startWorker({ kind: 'postgres', connection, name })));
      const { store, close } = await openStore('postgres', connection);
      try {
        let heard = () => {};
        store.subscribe(() => heard());
        for (const worker of workers) await worker.order('open');
        await store.create(taskOf('before'));
        // What is hinted at whenever the connection is back.
        await store.settle(refOf('before'), { settlement: { status: 'completed', result: 1 }, now: 2 });

        for (const _ of ['a first time', 'and again']) {
          const written = workers.map(({ lines }) => lines.length);
          const loads = workers.map((worker) => worker.order('load 4'));
          await Promise.all(workers.map((worker, index) => worker.written((written[index] ?? 0) + 300)));
          await database.server.kill9();
          // Each says that the store cannot be reached, and takes its next order.
          await Promise.all(loads);
          await expect(store.get(refOf('before'))).rejects.toMatchObject({ code: 'store_unavailable' });
          const hinted = new Promise<void>((resolve) => {
            heard = resolve;
          });
          await database.server.restart();
          await hinted;
        }

        for (const worker of workers) await worker.kill();
        const stored = new Map((await store.list(refOf('').scope)).map((task) => [task.id, task]));
        for (const [index, worker] of workers.entries()) {
          assertNothingLost({ worker, name: names[index] ?? '', stored });
        }
        assert.equal(stored.get('task_before')?.status, 'completed');
      } finally {
        for (const worker of workers) await worker.kill();
        await close();
      }
    });
  },
);

function because(reason: string | undefined): string {
  return reason === undefined ? '' : ` (skipped: ${reason})`;
}
