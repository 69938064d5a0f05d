import { createThreadRunner, type TaskStore } from '@latecall/core';
import { percentile } from '../lib/statistics.ts';
import type { Latency } from './operations.ts';
import { newTask, settlement, taskAt, tasksPerThread } from './tasks.ts';

const samples = 100;

/** From the call of `settle` to the call of the app's `run`, in this process. */
export async function measureWakes(store: TaskStore): Promise<Latency> {
  const times: number[] = [];
  const waiting = new Map<string, () => void>();
  const runner = createThreadRunner({
    store,
    run: async ({ thread }) => {
      waiting.get(thread)?.();
      await store.purge({ scope: { tenant: 'acme', thread }, before: Date.now() + 1_000, which: 'all' });
    },
  });
  for (let number = 0; number < samples; number++)
    await store.create(newTask(taskAt(number * tasksPerThread, 'woken')));
  await runner.start();
  for (let number = 0; number < samples; number++) {
    const ref = taskAt(number * tasksPerThread, 'woken');
    const woken = new Promise<void>((resolve) => waiting.set(ref.scope.thread, resolve));
    const begun = performance.now();
    await store.settle(ref, { settlement, now: Date.now() });
    await woken;
    times.push((performance.now() - begun) * 1_000);
  }
  await runner.stop();
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}
