import assert from 'node:assert/strict';
import type { TaskRecord } from '@latecall/core';
import { type OpenStore, openStore, type StoreKind } from './open-store.ts';
import { refOf, taskOf } from './sample-tasks.ts';
import { startWorker, type Worker } from './start-worker.ts';

/** What only several processes on one database can show, as tests for any runner. */
export function processConformance(input: {
  kind: StoreKind;
  /** A connection to a database that is new. */
  createDatabase: () => string | Promise<string>;
}): { name: string; run: () => Promise<void> }[] {
  const { kind, createDatabase } = input;
  const play = (scene: (stage: Stage) => Promise<void>) => async () => {
    const connection = await createDatabase();
    const workers: Worker[] = [];
    const start = async (name: string) => {
      const worker = await startWorker({ kind, connection, name });
      workers.push(worker);
      await worker.order('open');
      return worker;
    };
    const stores: OpenStore[] = [];
    const open = async () => {
      const opened = await openStore(kind, connection);
      stores.push(opened);
      return opened.store;
    };
    try {
      await scene({ start, open });
    } finally {
      for (const worker of workers) await worker.kill();
      for (const { close } of stores) await close();
    }
  };
  return [
    { name: 'four processes open new databases at once', run: play((stage) => openAtOnce(stage, createDatabase)) },
    { name: 'two processes settle and claim a thousand tasks: one winner each', run: play(race) },
    { name: 'two processes claim the same batch, two hundred times: one gets it whole', run: play(batches) },
    { name: 'two processes write notes to one task at once: none is lost', run: play(notes) },
    { name: 'a process that is killed under load loses nothing that was acknowledged', run: play(killed) },
    { name: 'a process hears of what another one settled', run: play(hinted) },
  ];
}

interface Stage {
  /** Starts a process with a store on the database. */
  readonly start: (name: string) => Promise<Worker>;
  /** Opens a store on it in this process. */
  readonly open: () => Promise<OpenStore['store']>;
}

async function openAtOnce({ start }: Stage, createDatabase: () => string | Promise<string>): Promise<void> {
  const workers = await Promise.all(['one', 'two', 'three', 'four'].map(start));
  for (let round = 0; round < 10; round += 1) {
    const connection = await createDatabase();
    await Promise.all(workers.map((worker) => worker.order(`open ${connection}`)));
  }
}

const tasks = 1_000;
/** Tasks that both are sent after at the same moment. */
const atOnce = 50;

async function race({ start, open }: Stage): Promise<void> {
  const store = await open();
  for (let index = 0; index < tasks; index += 1) await store.create(taskOf(index));
  const rivals = await Promise.all(['one', 'two'].map(start));
  for (const order of ['settle', 'claim']) {
    for (let from = 0; from < tasks; from += atOnce) {
      await Promise.all(rivals.map((rival) => rival.order(`${order} ${from} ${from + atOnce}`)));
    }
  }
  const stored = await store.list(refOf(0).scope);
  assert.equal(stored.length, tasks);
  for (const [word, winnerOf] of [
    ['settled', resultOf],
    ['claimed', claimantOf],
  ] as const) {
    const winners = new Map<string, string>();
    for (const [index, { lines }] of rivals.entries()) {
      for (const id of idsOf(lines, word)) {
        assert.equal(winners.has(id), false, `${id} was ${word} twice`);
        winners.set(id, index === 0 ? 'one' : 'two');
      }
    }
    assert.deepEqual(new Map(stored.map((task) => [task.id, winnerOf(task)])), winners);
  }
}

async function batches({ start, open }: Stage): Promise<void> {
  const store = await open();
  for (let index = 0; index < atOnce; index += 1) {
    await store.create(taskOf(index));
    await store.settle(refOf(index), { settlement: { status: 'completed', result: 1 }, now: 2 });
  }
  const rivals = await Promise.all(['one', 'two'].map(start));
  const orders = ['', ' reversed'];
  for (let round = 10; round < 210; round += 1) {
    await Promise.all(rivals.map((rival, index) => rival.order(`batch ${round} ${atOnce}${orders[index]}`)));
    const shares = rivals.flatMap(({ lines }) =>
      lines.flatMap(([word, at, count]) => (word === 'batch' && at === String(round) ? [Number(count)] : [])),
    );
    assert.deepEqual(
      shares.toSorted((one, other) => one - other),
      [0, atOnce],
      `round ${round}`,
    );
  }
}

async function notes({ start, open }: Stage): Promise<void> {
  const store = await open();
  await store.create(taskOf(0));
  const names = ['one', 'two'];
  const writers = await Promise.all(names.map(start));
  const each = 40;
  await Promise.all(writers.map((writer) => writer.order(`note 0 ${each}`)));
  for (const { lines } of writers) {
    const verdicts = lines.flatMap(([word, verdict]) => (word === 'noted' ? [verdict] : []));
    assert.deepEqual(new Set(verdicts), new Set(['accepted']));
  }
  const task = await store.get(refOf(0));
  const written = names.flatMap((name) => Array.from({ length: each }, (_, line) => `${name} ${line}`));
  assert.deepEqual(new Set(task?.log?.map(({ message }) => message)), new Set(written));
  assert.equal(task?.newsCount, 2 * each);
}

async function killed({ start, open }: Stage): Promise<void> {
  const worker = await start('killed');
  worker.send('load 8');
  await worker.written(500);
  await worker.kill();
  const store = await open();
  const stored = new Map((await store.list(refOf('').scope)).map((task) => [task.id, task]));
  assertNothingLost({ worker, name: 'killed', stored });
  await store.create(taskOf('after'));
  assert.equal((await store.get(refOf('after')))?.status, 'working');
}

/** Looks up all that a worker wrote under `load`, of which there must be some. */
export function assertNothingLost(input: {
  worker: Worker;
  name: string;
  stored: ReadonlyMap<string, TaskRecord>;
}): void {
  const { worker, name, stored } = input;
  const holds: Readonly<Record<string, (task: TaskRecord | undefined) => boolean>> = {
    created: (task) => task !== undefined,
    settled: (task) => task !== undefined && resultOf(task) === name,
    claimed: (task) => task !== undefined && claimantOf(task) === name,
    consumed: (task) => task?.consumption?.turn === `turn of ${name}`,
  };
  for (const [word, held] of Object.entries(holds)) {
    const acknowledged = idsOf(worker.lines, word);
    assert.notEqual(acknowledged.length, 0);
    assert.deepEqual(
      acknowledged.filter((id) => !held(stored.get(id))),
      [],
      `${word}, acknowledged, and lost`,
    );
  }
}

async function hinted({ start, open }: Stage): Promise<void> {
  const store = await open();
  await store.create(taskOf(0));
  const worker = await start('other');
  const hint = new Promise((resolve) => store.subscribe(resolve));
  // Whoever has read the store hears of all that comes later.
  await store.get(refOf(0));
  worker.send('settle 0 1');
  assert.deepEqual(await hint, refOf(0));
}

function idsOf(lines: readonly (readonly string[])[], word: string): string[] {
  // A process that is killed may leave half a line.
  return lines.flatMap(([first, id]) => (first === word && id !== undefined ? [id] : []));
}

function resultOf({ settlement }: TaskRecord): unknown {
  return settlement?.status === 'completed' ? settlement.result : undefined;
}

function claimantOf({ claim }: TaskRecord): string | undefined {
  return claim?.claimant;
}
