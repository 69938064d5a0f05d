import type { Runtime } from '../runtime.ts';
import type { TaskRecord } from './task.ts';
import type { TaskStore } from './task-store.ts';

/**
 * Brings records of tasks into a store that does not know them: for a host that keeps what the store knew somewhere
 * only it can write to. Tasks that the store knows stay as they are.
 */
export async function restoreTasks({ store }: Pick<Runtime, 'store'>, records: readonly TaskRecord[]): Promise<void> {
  for (const record of records) await restore(store, record);
}

/** By the doors that every store has, so that whatever stops it in the middle leaves a valid task. */
async function restore(store: TaskStore, record: TaskRecord): Promise<void> {
  if ((await store.get(record)) !== undefined) return;
  const {
    status: _,
    phase,
    settlement,
    finalSettlement,
    settledAt,
    claim: __,
    delivery,
    consumption,
    ...task
  } = record;
  const { result } = await store.create(task);
  if (result !== 'created') return;
  const { placeholderSentAt } = record;
  if (placeholderSentAt !== undefined) await store.update(record, { placeholderSentAt });
  if (settlement === undefined || settledAt === undefined) return;
  const held = phase === 'settling' || finalSettlement !== undefined;
  // An expiry was stored after the deadline; any other outcome is judged by when it came.
  const now = Math.min(settledAt, (record.deadlineAt ?? Number.POSITIVE_INFINITY) - 1);
  await store.settle(record, { settlement, now, hold: held });
  if (finalSettlement !== undefined) await store.finish(record, finalSettlement);
  if (consumption === undefined || delivery === undefined) return;
  const { turn, at, ...told } = consumption;
  const claimant = `restored:${record.id}`;
  await store.claim({ scope: record.scope, claimant, now: at, wanted: [{ id: record.id, delivery }] });
  await store.consume(record, { claimant, turn, now: at, told });
}
