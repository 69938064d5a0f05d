import { type ClaimRequest, scopeKey, type TaskRecord } from '@latecall/core';
import type { SqlExecutor } from './sql-executor.ts';
import { fromRow } from './task-row.ts';
import { claimTasks } from './task-statements.ts';

/** Tasks that are claimed by one statement; a batch up to that size is never split between two runs. */
const mostClaimed = 1_000;

/** Claims the tasks; those that are not there, or not free, are left out. */
export async function claimBatch(
  { executor, rowLock }: { executor: SqlExecutor; rowLock: string },
  { scope, claimant, now, wanted, takeOverAfterMs }: ClaimRequest,
): Promise<TaskRecord[]> {
  const takenOver = takeOverAfterMs === undefined ? null : now - takeOverAfterMs;
  const claimed = new Map<string, TaskRecord>();
  for (let from = 0; from < wanted.length; from += mostClaimed) {
    const batch = wanted.slice(from, from + mostClaimed);
    const places = batch.flatMap(({ id, delivery }) => [id, delivery.kind, delivery.offset]);
    const values = [scopeKey(scope), claimant, now, takenOver, ...places];
    const rows = await executor.query(claimTasks({ tasks: batch.length, rowLock }), values);
    for (const task of rows.map(fromRow)) claimed.set(task.id, task);
  }
  return wanted.flatMap(({ id }) => claimed.get(id) ?? []);
}
