import type { TaskStore } from '@latecall/core';
import { percentile } from '../lib/statistics.ts';
import { newTask, settlement, taskAt } from './tasks.ts';

export const operationNames = [
  'create',
  'settle',
  'claim',
  'probe',
  'list',
  'ready',
  'nextDeadline',
  'expireDue',
] as const;
export type OperationName = (typeof operationNames)[number];

/** Microseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

const samples = 600;

/** What each operation takes on a store that is filled. */
export async function measureOperations(store: TaskStore): Promise<Readonly<Record<OperationName, Latency>>> {
  const refs = Array.from({ length: samples }, (_, number) => taskAt(number, 'measured'));
  const claimant = 'run_measured';
  const delivery = { kind: 'replace', offset: 0 } as const;
  const operations: Readonly<Record<OperationName, (number: number) => Promise<unknown>>> = {
    create: (number) => store.create(newTask(refAt(refs, number))),
    probe: (number) => store.get(refAt(refs, number)),
    list: (number) => store.list(refAt(refs, number).scope, { consumed: false }),
    nextDeadline: () => store.nextDeadline(),
    expireDue: () => store.expireDue({ now: Date.now() }),
    settle: (number) => store.settle(refAt(refs, number), { settlement, now: Date.now() }),
    ready: () => store.ready({ limit: 10 }),
    claim: (number) => {
      const { scope, id } = refAt(refs, number);
      return store.claim({ scope, claimant, now: Date.now(), wanted: [{ id, delivery }] });
    },
  };
  const measured: Partial<Record<OperationName, Latency>> = {};
  for (const [name, run] of Object.entries(operations) as [OperationName, (number: number) => Promise<unknown>][]) {
    const scans = name === 'nextDeadline' || name === 'expireDue' || name === 'ready';
    const times: number[] = [];
    for (let number = 0; number < (scans ? samples / 10 : samples); number++) {
      const begun = performance.now();
      await run(number);
      times.push((performance.now() - begun) * 1_000);
    }
    measured[name] = { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
  }
  return measured as Record<OperationName, Latency>; // all of them were measured
}

function refAt(refs: readonly ReturnType<typeof taskAt>[], number: number) {
  const ref = refs[number];
  if (ref === undefined) throw new Error(`There is no measured task ${number}.`);
  return ref;
}
