import { describe, expect, it } from 'vitest';
import { simplify } from './simplify.ts';
import { simulate } from './simulate.ts';

/** Many more with `pnpm simulate --seeds 10000`. */
const seeds = Array.from({ length: 8 }, (_, block) =>
  Array.from({ length: 10 }, (__, index) => block * 10 + index + 1),
);

describe('conversations in which everything fails that can', () => {
  it.each(seeds.map((block) => [block[0], block.at(-1), block] as const))(
    'keep every law under the seeds %i to %i',
    async (_, __, block) => {
      for (const seed of block) {
        const result = await simulate(seed);
        if (result.broken !== undefined) expect.fail(await story(result));
      }
    },
  );

  it.each([40_023, 40_257])('keep every law under seed %i, which once broke one', async (seed) => {
    const result = await simulate(seed);
    if (result.broken !== undefined) expect.fail(await story(result));
  });

  it('happen again in the same way under the same seed', async () => {
    for (const seed of [4, 8, 10, 16]) {
      const [once, again] = [await simulate(seed), await simulate(seed)];
      expect(again.digest).toBe(once.digest);
      expect(again.counts).toEqual(once.counts);
    }
  });

  it('happen in another way under another seed', async () => {
    const digests = [await simulate(1), await simulate(2)].map(({ digest }) => digest);
    expect(new Set(digests).size).toBe(2);
  });

  it('are worth their time: processes die, models are asked, results are told', async () => {
    const sums = { deaths: 0, modelCalls: 0, told: 0 };
    for (let seed = 1; seed <= 10; seed += 1) {
      const { counts } = await simulate(seed);
      for (const name of ['deaths', 'modelCalls', 'told'] as const) sums[name] += counts[name];
    }
    expect(sums.deaths).toBeGreaterThan(10);
    expect(sums.modelCalls).toBeGreaterThan(50);
    expect(sums.told).toBeGreaterThan(30);
  });
});

async function story(failing: Awaited<ReturnType<typeof simulate>>): Promise<string> {
  const { result, without } = await simplify(failing);
  const end = result.trace.slice(-60).map((line) => line.slice(0, 300));
  return [
    `Seed ${failing.seed}: ${failing.broken?.message}`,
    `pnpm simulate --seed ${failing.seed} --trace`,
    `Also without ${without.join(', ')}:`,
    ...end,
  ].join('\n');
}
