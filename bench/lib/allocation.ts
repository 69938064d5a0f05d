import { PerformanceObserver } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Work } from './alternate.ts';
import { median } from './statistics.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Frees what can be freed. */
export function collectGarbage(): void {
  collect();
}

/** Bytes that a work allocates each time: the growth of the heap in rounds in which nothing was collected. */
export async function allocationOf(work: Work, { times, rounds }: { times: number; rounds: number }): Promise<number> {
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  const grown: number[] = [];
  for (let round = 0; round < rounds; round++) {
    collections = 0;
    collect();
    while (collections === 0) await nextRound(); // told of this one
    collections = 0;
    const before = process.memoryUsage().heapUsed;
    await work(times);
    const after = process.memoryUsage().heapUsed;
    for (let told = 0; told < 5; told++) await nextRound();
    if (collections === 0) grown.push((after - before) / times);
  }
  observer.disconnect();
  return median(grown);
}

function nextRound(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
