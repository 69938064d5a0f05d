import { alternate, type Comparison } from '../lib/alternate.ts';
import type { OpenStore } from './stores.ts';
import { newTask, settlement, taskAt } from './tasks.ts';

/**
 * Settling through the store beside the very statements that it sends, on the driver alone. A ratio of 1 is as fast as
 * the driver; of 1.11 nine tenths of it.
 */
export async function compareSettling({ store, driver }: OpenStore, rounds: number): Promise<Comparison | undefined> {
  if (driver === undefined) return undefined;
  let made = 0;
  const make = async () => {
    const ref = taskAt(made++, 'settled');
    await store.create(newTask(ref));
    return ref;
  };
  const sample = await make();
  const sent = await driver.record(() => store.settle(sample, { settlement, now: Date.now() }));
  const times = 100;
  const ready = { ours: await many(make, times * (rounds + 2)), theirs: await many(make, times * (rounds + 2) + 1) };
  const sampleKey = sample.scope.thread;
  const settleBare = async ({ scope, id }: typeof sample) => {
    const own = (value: unknown): unknown => {
      if (value === sample.id) return id;
      if (typeof value === 'string') return value.replace(sampleKey, scope.thread);
      if (typeof value !== 'object' || value === null) return value; // SQLite's are named
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, own(each)]));
    };
    for (const { sql, values } of sent) await driver.query(sql, values.map(own));
  };
  const [probe] = ready.theirs;
  if (probe === undefined) throw new Error('There is nothing to settle.');
  await settleBare(probe);
  if ((await store.get(probe))?.status !== 'completed') throw new Error('The bare statements do not settle.');
  ready.theirs.shift();
  return alternate(
    {
      ours: async (count) => {
        for (let at = 0; at < count; at++) await store.settle(next(ready.ours), { settlement, now: Date.now() });
      },
      theirs: async (count) => {
        for (let at = 0; at < count; at++) await settleBare(next(ready.theirs));
      },
    },
    { times, rounds, measure: 'wall' },
  );
}

async function many<VALUE>(make: () => Promise<VALUE>, count: number): Promise<VALUE[]> {
  const values: VALUE[] = [];
  for (let at = 0; at < count; at++) values.push(await make());
  return values;
}

function next<VALUE>(values: VALUE[]): VALUE {
  const value = values.pop();
  if (value === undefined) throw new Error('There are not enough tasks to settle.');
  return value;
}
