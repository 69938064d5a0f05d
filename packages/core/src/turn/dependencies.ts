import type { Scope } from '../base/scope.ts';
import { isTerminal, type TaskRecord } from '../task/task.ts';
import type { TaskStore } from '../task/task-store.ts';

/**
 * The ids of those tasks that build on others which have no outcome yet: nobody is told of them before. A dependency
 * that is not in the store any more holds nobody up.
 */
export async function unmetDependencies(
  store: Pick<TaskStore, 'list'>,
  scope: Scope,
  tasks: readonly TaskRecord[],
): Promise<ReadonlySet<string>> {
  if (tasks.every(({ dependsOn }) => dependsOn === undefined)) return new Set();
  return unmetAmong(tasks, await store.list(scope, { everyBranch: true, consumed: false }));
}

/** {@link unmetDependencies} where the untold tasks of all branches are at hand. */
export function unmetAmong(tasks: readonly TaskRecord[], untold: readonly TaskRecord[]): ReadonlySet<string> {
  const held = new Set(untold.flatMap(({ id, status }) => (isTerminal(status) ? [] : [id])));
  const waits = ({ dependsOn = [] }: TaskRecord) => dependsOn.some((each) => held.has(each));
  // Dependencies are older than what builds on them, but branches may come in any order: until nothing is added.
  for (let size = -1; size < held.size; ) {
    size = held.size;
    for (const task of untold.filter(waits)) held.add(task.id);
  }
  return new Set(tasks.filter(waits).map(({ id }) => id));
}
