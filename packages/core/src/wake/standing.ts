import { type Scope, scopeKey } from '../base/scope.ts';
import { isReady } from '../task/store-rules.ts';
import { isTerminal, type TaskRecord } from '../task/task.ts';
import type { TaskStore } from '../task/task-store.ts';
import { unmetAmong } from '../turn/dependencies.ts';

/** How a conversation stands: its tasks that no model was told of. */
export interface ConversationStanding {
  /** Those that somebody is to be woken for. */
  readonly ready: readonly TaskRecord[];
  /** The ids of those with an outcome, `silent` ones too. */
  readonly settled: ReadonlySet<string>;
  /** Those that wait for an outcome. */
  readonly open: readonly TaskRecord[];
  /** Other branches with tasks that build on settled ones of this one. */
  readonly dependents: readonly Scope[];
}

/** @param settlingSince As for the store's `ready`. */
export async function readStanding(input: {
  store: TaskStore;
  scope: Scope;
  settlingSince: number;
}): Promise<ConversationStanding> {
  const { store, scope, settlingSince } = input;
  const ofThread = await store.list(scope, { consumed: false, everyBranch: true });
  const key = scopeKey(scope);
  const untold = ofThread.filter((task) => scopeKey(task.scope) === key);
  const waiting = unmetAmong(untold, ofThread);
  const ready = untold.filter((task) => isReady(task, { settlingSince }) && !waiting.has(task.id));
  const over = untold.filter((task) => isTerminal(task.status) || ready.includes(task));
  const settled = new Set(over.map(({ id }) => id));
  const elsewhere = ofThread.filter(
    (task) => scopeKey(task.scope) !== key && task.dependsOn?.some((id) => settled.has(id)),
  );
  const dependents = [...new Map(elsewhere.map((task) => [scopeKey(task.scope), task.scope])).values()];
  return { ready, settled, open: untold.filter((task) => !over.includes(task)), dependents };
}
