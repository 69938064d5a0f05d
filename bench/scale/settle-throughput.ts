import type { TaskRef } from '@latecall/core';
import { alternate, type Comparison } from '../lib/alternate.ts';
import type { OpenStore } from './stores.ts';
import { newTask, settlement, taskAt } from './tasks.ts';

/** Short rounds, and ten times as many: where the disk makes somebody wait, it is one round of many. */
const times = 10;
const warming = 1_000;

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
  /** What was sent, for another task. */
  const bare = async () => {
    const { scope, id } = await make();
    const own = (value: unknown): unknown => {
      if (value === sample.id) return id;
      return typeof value === 'string' ? value.replace(sample.scope.thread, scope.thread) : value;
    };
    return { ref: { scope, id }, statements: sent.map(({ sql, values }) => ({ sql, values: values.map(own) })) };
  };
  const settleBare = async ({ statements }: Awaited<ReturnType<typeof bare>>) => {
    for (const statement of statements) await driver.query(statement);
  };
  const probe = await bare();
  await settleBare(probe);
  if ((await store.get(probe.ref))?.status !== 'completed') throw new Error('The bare statements do not settle.');
  const shortRounds = rounds * 10;
  const wanted = warming + times * (shortRounds + 2);
  const ready: { ours: TaskRef[]; theirs: Awaited<ReturnType<typeof bare>>[] } = { ours: [], theirs: [] };
  // By turns, so that both find their tasks as deep in the caches.
  for (let at = 0; at < wanted; at++) {
    ready.ours.push(await make());
    ready.theirs.push(await bare());
  }
  const ours = async (count: number) => {
    for (let at = 0; at < count; at++) await store.settle(next(ready.ours), { settlement, now: Date.now() });
  };
  const theirs = async (count: number) => {
    for (let at = 0; at < count; at++) await settleBare(next(ready.theirs));
  };
  await ours(warming);
  await theirs(warming);
  return alternate({ ours, theirs }, { times, rounds: shortRounds, measure: 'wall' });
}

function next<VALUE>(values: VALUE[]): VALUE {
  const value = values.pop();
  if (value === undefined) throw new Error('There are not enough tasks to settle.');
  return value;
}
