import type { Scope } from '../base/scope.ts';
import { isReady } from '../task/store-rules.ts';
import { isTerminal, type TaskRecord } from '../task/task.ts';
import type { TaskStore } from '../task/task-store.ts';

/** How a conversation stands: its tasks that no model was told of. */
export interface Standing {
  /** Those that somebody is to be woken for. */
  readonly ready: readonly TaskRecord[];
  /** The ids of those with an outcome, `silent` ones too. */
  readonly settled: ReadonlySet<string>;
  /** Those that wait for an outcome. */
  readonly open: readonly TaskRecord[];
}

/** @param settlingSince As for the store's `ready`. */
export async function readStanding(input: {
  store: TaskStore;
  scope: Scope;
  settlingSince: number;
}): Promise<Standing> {
  const { store, scope, settlingSince } = input;
  const untold = await store.list(scope, { consumed: false });
  const ready = untold.filter((task) => isReady(task, { settlingSince }));
  const over = untold.filter((task) => isTerminal(task.status) || ready.includes(task));
  return { ready, settled: new Set(over.map(({ id }) => id)), open: untold.filter((task) => !over.includes(task)) };
}
