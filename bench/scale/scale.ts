import { parseArgs } from 'node:util';
import { collectGarbage } from '../lib/allocation.ts';
import type { Comparison } from '../lib/alternate.ts';
import { writeResult } from '../lib/results.ts';
import { writeTable } from '../lib/table.ts';
import { compareCallbacks } from './callback-throughput.ts';
import { type Latency, measureOperations, type OperationName, operationNames } from './operations.ts';
import { compareSettling } from './settle-throughput.ts';
import { openStore, type StoreName, storeNames } from './stores.ts';
import { measureWakes } from './wake-latency.ts';

/** A store with so many live tasks. */
export interface Scaled {
  readonly store: StoreName;
  readonly live: number;
  readonly operations: Readonly<Record<OperationName, Latency>>;
  /** What a live task takes of this process's memory, and of the disk. */
  readonly memoryBytes: number;
  readonly diskBytes?: number;
}

export interface ScaleData {
  readonly scaled: readonly Scaled[];
  readonly settling: Readonly<Partial<Record<StoreName, Comparison>>>;
  readonly wakes: Readonly<Partial<Record<StoreName, Latency>>>;
  readonly callbacks: Comparison;
}

const flat = 1.5;
const memoryTarget = 1_024;
const throughputTarget = 0.9;
/** The operations of a call and its result; the others are a runner's. */
const ofACall: readonly OperationName[] = ['create', 'settle', 'claim', 'probe', 'list'];

/** How stores do with many live tasks. */
export async function scale(args: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args,
    options: {
      live: { type: 'string', default: '1000,100000' },
      stores: { type: 'string', default: storeNames.join(',') },
      rounds: { type: 'string', default: '11' },
    },
  });
  const sizes = values.live.split(',').map(Number);
  const rounds = Number(values.rounds);
  const scaled: Scaled[] = [];
  const settling: Partial<Record<StoreName, Comparison>> = {};
  const wakes: Partial<Record<StoreName, Latency>> = {};
  for (const name of storeNames.filter((each) => values.stores.split(',').includes(each))) {
    for (const live of sizes) {
      collectGarbage();
      const opened = await openStore(name);
      if (opened === undefined) continue;
      collectGarbage();
      const before = process.memoryUsage().heapUsed;
      await opened.fill(live);
      collectGarbage();
      const memoryBytes = Math.max(0, process.memoryUsage().heapUsed - before) / live;
      const bytes = await opened.diskBytes?.();
      const operations = await measureOperations(opened.store);
      scaled.push({
        store: name,
        live,
        operations,
        memoryBytes,
        ...(bytes === undefined ? {} : { diskBytes: bytes / live }),
      });
      process.stderr.write(`${name}, ${live} live: settle p50 ${operations.settle.p50.toFixed(0)} µs\n`);
      if (live === sizes[0]) {
        wakes[name] = await measureWakes(opened.store);
        const compared = await compareSettling(opened, rounds);
        if (compared !== undefined) settling[name] = compared;
      }
      await opened.close();
    }
  }
  const callbacks = await compareCallbacks(rounds);
  writeResult<ScaleData>('scale', { live: sizes, rounds }, { scaled, settling, wakes, callbacks });

  console.log(
    writeTable(
      ['store', 'live', ...operationNames.map((name) => `${name} p50/p99 µs`), 'memory B', 'disk B'],
      scaled.map(({ store, live, operations, memoryBytes, diskBytes }) => [
        store,
        String(live),
        ...operationNames.map((name) => `${operations[name].p50.toFixed(0)}/${operations[name].p99.toFixed(0)}`),
        memoryBytes.toFixed(0),
        diskBytes?.toFixed(0) ?? '',
      ]),
    ),
  );
  for (const [name, { ratio }] of Object.entries(settling)) {
    console.log(`${name}: settling at ${(1 / ratio).toFixed(3)} of the bare driver (target ≥ ${throughputTarget})`);
  }
  for (const [name, { p50, p99 }] of Object.entries(wakes)) {
    console.log(`${name}: settle to wake p50 ${p50.toFixed(0)} µs, p99 ${p99.toFixed(0)} µs`);
  }
  console.log(`callback route: ${callbacks.ratio.toFixed(2)} times a handler that parses and answers`);
  const missed = missesOf({ scaled, settling, wakes, callbacks });
  for (const miss of missed) console.log(`missed: ${miss}`);
  return missed.length === 0;
}

export function missesOf({ scaled, settling }: ScaleData): string[] {
  const growth = storeNames.flatMap((name) => {
    const own = scaled.filter(({ store }) => store === name);
    const [least, most] = [own[0], own.at(-1)];
    if (least === undefined || most === undefined || least === most) return [];
    return operationNames.flatMap((operation) => {
      const grown = most.operations[operation].p50 / least.operations[operation].p50;
      const what = ofACall.includes(operation) ? operation : `${operation} (of the runner)`;
      return grown <= flat
        ? []
        : [`${name}: ${what} p50 grows ${grown.toFixed(1)} times from ${least.live} to ${most.live}`];
    });
  });
  const memory = scaled
    .filter(({ store, memoryBytes, live }) => live > 1_000 && memoryBytes > (store === 'memory' ? memoryTarget : 16))
    .map(({ store, live, memoryBytes }) => `${store}: ${memoryBytes.toFixed(0)} bytes a task in memory at ${live}`);
  const throughput = Object.entries(settling)
    .filter(([, { ratio }]) => 1 / ratio < throughputTarget)
    .map(([name, { ratio }]) => `${name}: settling at ${(1 / ratio).toFixed(3)} of the bare driver`);
  return [...growth, ...memory, ...throughput];
}
