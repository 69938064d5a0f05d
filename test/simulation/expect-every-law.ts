import { describe, expect, it } from 'vitest';
import type { Simplification } from './settings.ts';
import { simplify } from './simplify.ts';
import { type SimulationResult, simulate } from './simulate.ts';

const blockSize = 10;

/** A file of a hundred seeds is played beside the others. Many more with `pnpm simulate --seeds 10000`. */
export function describeSeeds({ from, to }: { from: number; to: number }): void {
  const blocks = Array.from({ length: (to - from + 1) / blockSize }, (_, index) => from + index * blockSize);
  describe('conversations in which everything fails that can', () => {
    it.each(blocks.map((first) => [first, first + blockSize - 1]))(
      'keep every law under the seeds %i to %i',
      async (first = from, last = to) => {
        for (let seed = first; seed <= last; seed += 1) await expectEveryLaw(seed);
      },
    );
  });
}

/** Fails with the shortest story of the seed. */
export async function expectEveryLaw(seed: number, off: readonly Simplification[] = []): Promise<void> {
  const failing = await simulate(seed, { without: off });
  if (failing.broken !== undefined) expect.fail(await story(failing, off));
}

async function story(failing: SimulationResult, off: readonly Simplification[]): Promise<string> {
  const { result, without } = await simplify(failing, off);
  const end = result.trace.slice(-60).map((line) => line.slice(0, 300));
  return [
    `Seed ${failing.seed}: ${failing.broken?.message}`,
    `pnpm simulate --seed ${failing.seed} --trace`,
    `Also without ${without.join(', ')}:`,
    ...end,
  ].join('\n');
}
