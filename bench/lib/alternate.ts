import { median } from './statistics.ts';

/** Something to measure: does its work `times` times. */
export type Work = (times: number) => Promise<unknown>;

/** A measure beside what it is compared with. */
export interface Comparison {
  /** Median over the rounds of ours / theirs. */
  readonly ratio: number;
  /** A quarter of the rounds lies below, a quarter above. */
  readonly quartiles: readonly [number, number];
  /** Medians, in microseconds for each time: for orientation only, they are the machine's. */
  readonly ours: number;
  readonly theirs: number;
  readonly rounds: number;
}

/** `cpu`: what this process computes, which other processes disturb least. `wall`: what somebody waits. */
export type Measure = 'cpu' | 'wall';

/**
 * Measures two things in one process, turn about, so that what the machine does besides hits both. Each round gives one
 * ratio; the median of the ratios counts.
 */
export async function alternate(
  { ours, theirs }: { ours: Work; theirs: Work },
  { times, rounds, measure }: { times: number; rounds: number; measure: Measure },
): Promise<Comparison> {
  for (const work of [ours, theirs, ours, theirs]) await work(times); // warm
  const own: number[] = [];
  const other: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const first = round % 2 === 0;
    if (first) own.push(await clock(ours, times, measure));
    other.push(await clock(theirs, times, measure));
    if (!first) own.push(await clock(ours, times, measure));
  }
  const ratios = own.map((value, at) => value / (other[at] ?? value)).sort((one, two) => one - two);
  const at = (share: number) => ratios[Math.floor((ratios.length - 1) * share)] ?? 1;
  return { ratio: median(ratios), quartiles: [at(0.25), at(0.75)], ours: median(own), theirs: median(other), rounds };
}

/** Microseconds for each time. */
async function clock(work: Work, times: number, measure: Measure): Promise<number> {
  const begun = performance.now();
  const computed = process.cpuUsage();
  await work(times);
  const { user, system } = process.cpuUsage(computed);
  return (measure === 'cpu' ? user + system : (performance.now() - begun) * 1_000) / times;
}

/** One after the other. */
export function repeated(once: (index: number) => Promise<unknown>): Work {
  let index = 0;
  return async (times) => {
    for (let time = 0; time < times; time++) await once(index++);
  };
}
