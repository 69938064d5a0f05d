// Plays the simulation of test/simulation over many seeds, or one of them step by step.
//
//   pnpm simulate --seeds 1000 [--from 1]    failing seeds are printed, with the shortest story of the first
//   pnpm simulate --seed 17 --trace          replays one seed and prints each step
import { parseArgs } from 'node:util';
import { simplify } from '../test/simulation/simplify.ts';
import { type SimulationResult, simulate } from '../test/simulation/simulate.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '300' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    /** How many failures are enough. */
    failures: { type: 'string', default: '5' },
  },
});

const describe = ({ seed, settings, broken, steps, digest }: SimulationResult) =>
  `seed ${seed} (${settings.host}, ${settings.provider}, ${settings.locks ? 'locks' : 'no locks'}, ${steps} steps, ${digest}): ${broken?.message ?? 'every law holds'}`;

const one = values.seed === undefined ? undefined : Number(values.seed);
const failed = one === undefined ? await playMany(Number(values.from), Number(values.seeds)) : await playOne(one);
process.exitCode = failed ? 1 : 0;

async function playOne(seed: number): Promise<boolean> {
  const result = await simulate(seed, { keepTrace: values.trace });
  for (const line of result.trace) console.log(line);
  console.log(describe(result));
  return result.broken !== undefined;
}

async function playMany(from: number, count: number): Promise<boolean> {
  const began = performance.now();
  const failures: SimulationResult[] = [];
  const totals: Record<string, number> = { steps: 0 };
  let played = 0;
  for (let seed = from; seed < from + count && failures.length < Number(values.failures); seed += 1) {
    const result = await simulate(seed);
    played += 1;
    for (const [name, number] of Object.entries({ ...result.counts, steps: result.steps })) {
      totals[name] = (totals[name] ?? 0) + number;
    }
    if (result.broken === undefined) continue;
    failures.push(result);
    console.log(describe(result));
  }
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  const sums = Object.entries(totals).map(([name, number]) => `${number} ${name}`);
  console.log(`${played} seeds from ${from} in ${seconds} s: ${failures.length} failed. ${sums.join(', ')}.`);
  const [first] = failures.toSorted((a, b) => a.steps - b.steps);
  if (first !== undefined) {
    const { result, without } = await simplify(first);
    console.log(`\nThe shortest story, seed ${first.seed} without ${without.join(', ') || 'anything less'}:`);
    for (const line of result.trace) console.log(line.length > 400 ? `${line.slice(0, 400)}…` : line);
  }
  return failures.length > 0;
}
