// A process of its own with a store: `worker.ts <kind> <connection> <name>`. It does what the lines on its standard
// input say, and writes a line for each thing that the store has acknowledged. The first order is `open`.
import { writeSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { LatecallError, type TaskStore } from '@latecall/core';
import { type OpenStore, openStore, type StoreKind } from './open-store.ts';
import { claimOf, refOf, taskOf } from './sample-tasks.ts';

const [kind, connection, name] = process.argv.slice(2) as [StoreKind, string, string];
let open: OpenStore | undefined;
let store: TaskStore;
/** Whole lives of tasks that were begun. */
let lives = 0;

/** Waits where nothing else may happen. */
const pause = () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);

// Not through a stream, which may hold a line back that a killed process then never writes.
const say = (...words: string[]) => {
  let rest = Buffer.from(`${words.join(' ')}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (!isFull(error)) throw error;
      pause();
    }
  }
};

/** The reader is slower than this process. */
const isFull = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'EAGAIN';

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

async function settle(index: number | string): Promise<boolean> {
  const settlement = { status: 'completed', result: name } as const;
  return (await store.settle(refOf(index), { settlement, now: 2 })).verdict === 'accepted';
}

async function consume(id: string): Promise<boolean> {
  const told = { outcome: { status: 'completed', result: name } } as const;
  return store.consume({ ...refOf(''), id }, { claimant: name, turn: `turn of ${name}`, now: 4, told });
}

/** Whole lives of tasks, one after the other, until somebody kills the process or the store cannot be reached. */
async function live(): Promise<void> {
  try {
    for (;;) {
      lives += 1;
      const index = `${name}_${lives}`;
      const { id } = refOf(index);
      if ((await store.create(taskOf(index))).result === 'created') say('created', id);
      if (await settle(index)) say('settled', id);
      for (const claimed of await store.claim(claimOf(name, [id]))) say('claimed', claimed.id);
      if (await consume(id)) say('consumed', id);
    }
  } catch (error) {
    if (!LatecallError.isInstance(error, 'store_unavailable')) throw error;
  }
}

const orders: Readonly<Record<string, (...words: string[]) => unknown>> = {
  open: async (...where) => {
    await open?.close();
    open = await openStore(kind, where.length === 0 ? connection : where.join(' '));
    store = open.store;
  },
  settle: (from, to) =>
    Promise.all(
      numbers(Number(from), Number(to)).map(async (index) => {
        if (await settle(index)) say('settled', refOf(index).id);
      }),
    ),
  claim: async (from, to) => {
    const ids = numbers(Number(from), Number(to)).map((index) => refOf(index).id);
    for (const { id } of await store.claim(claimOf(name, ids))) say('claimed', id);
  },
  batch: async (round, last, order) => {
    const ids = numbers(0, Number(last)).map((index) => refOf(index).id);
    const wanted = order === 'reversed' ? ids.toReversed() : ids;
    // Takes over what was claimed in the round before.
    const claimed = await store.claim({ ...claimOf(name, wanted), now: Number(round), takeOverAfterMs: 1 });
    say('batch', String(round), String(claimed.length));
  },
  note: async (index, count) => {
    const log = (message: string) => ({ type: 'news', at: 3, log: { message, at: 3 } }) as const;
    const notes = numbers(0, Number(count)).map((line) => store.note(refOf(String(index)), log(`${name} ${line}`)));
    for (const { verdict } of await Promise.all(notes)) say('noted', verdict);
  },
  load: (parts) => Promise.all(numbers(0, Number(parts)).map(live)),
};

say('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [order = '', ...words] = line.split(' ');
  await orders[order]?.(...words);
  say('done', order);
}
