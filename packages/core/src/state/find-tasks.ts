import { resolveHandle } from '../base/handle.ts';
import type { Scope } from '../base/scope.ts';
import { neverDispatched, type TaskRecord } from '../task/task.ts';
import type { TaskStore } from '../task/task-store.ts';

/**
 * The tasks of a conversation that are meant by handles or ids, in that order and each once; handles as a model may have
 * changed them.
 *
 * @throws {UnknownHandleError} for a name that means no task of the conversation, or several; it lists the valid ones.
 */
export async function findTasks(
  store: Pick<TaskStore, 'list'>,
  scope: Scope,
  names: readonly string[],
): Promise<TaskRecord[]> {
  return pickTasks(await store.list(scope, { everyBranch: true }), names);
}

/** {@link findTasks} among tasks that were read before. */
export function pickTasks(tasks: readonly TaskRecord[], names: readonly string[]): TaskRecord[] {
  const byName = new Map(tasks.flatMap((task) => [[task.id, task] as const, [task.handle, task] as const]));
  const handles = tasks.filter((task) => !neverDispatched(task)).map(({ handle }) => handle);
  const found = names.flatMap((name) => byName.get(name) ?? byName.get(resolveHandle({ handle: name, handles })) ?? []);
  return [...new Set(found)];
}
