import { between, createRandom, pick, type Random } from '../lib/random.ts';
import type { CallPlan, Composite, SourceTask, Workload } from './data.ts';

const verbs = ['search', 'book', 'render', 'convert', 'fetch', 'submit', 'price', 'rank'];
const things = ['flight', 'hotel', 'invoice', 'report', 'video', 'order', 'ticket', 'route'];

/** A workload of the same shape as a recorded one, made from a seed. */
export function generateWorkload({ seed, instances }: { seed: number; instances: number }): Workload {
  const random = createRandom(seed);
  const tasks = Array.from({ length: Math.max(12, Math.ceil(instances * 0.8)) }, (_, index) => makeTask(random, index));
  return { tasks, composites: Array.from({ length: instances }, (_, index) => makeComposite(random, index, tasks)) };
}

function makeTask(random: Random, index: number): SourceTask {
  const chained = random() < 0.4; // each call needs the one before, as where the tools have a state
  const length = between(random, 2, chained ? 10 : 5);
  const calls = Array.from({ length }, (_, at) => {
    const deps = at === 0 ? [] : chained ? [at - 1] : earlier(random, at);
    return {
      name: `${pick(random, verbs)}_${pick(random, things)}`,
      args: { query: pick(random, things), amount: between(random, 1, 9) },
      deps,
    };
  });
  return { id: `generated_${index}`, calls };
}

function earlier(random: Random, at: number): number[] {
  const wanted = Array.from({ length: between(random, 0, 2) }, () => between(random, 0, at - 1));
  return [...new Set(wanted)].sort((one, other) => one - other);
}

function makeComposite(random: Random, index: number, tasks: readonly SourceTask[]): Composite {
  const chosen = new Set<SourceTask>();
  const count = between(random, 2, 3);
  while (chosen.size < count) chosen.add(pick(random, tasks));
  const own = [...chosen];
  const plan = own.map(({ calls }) => calls.map(() => makePlan(random)));
  const cancel = random() < 0.1 ? { task: between(random, 0, count - 1), at: between(random, 50, 400) } : undefined;
  return {
    id: `generated_${index}`,
    tasks: own.map(({ id }) => id),
    plan,
    ...(cancel === undefined ? {} : { cancel }),
  };
}

/** Most calls are quick, some are slow, few are very slow. */
function makePlan(random: Random): CallPlan {
  const delay = Math.round(20 * 150 ** (random() ** 1.4));
  const kind = random();
  if (kind < 0.06) return { delay, duplicateAfter: [between(random, 100, 600)] };
  if (kind < 0.09) return { delay, error: 'upstream_failed' };
  if (kind < 0.11) return { delay, lateBy: between(random, 500, 5_000) };
  return { delay };
}
