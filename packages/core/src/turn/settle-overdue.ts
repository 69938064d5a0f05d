import { type Scope, scopeKey } from '../base/scope.ts';
import type { Runtime } from '../runtime.ts';
import { cancelDependents } from '../settle/cancel.ts';
import { expireDue } from '../settle/expire-due.ts';
import { finishSettling, reportSettled } from '../settle/finish-settling.ts';
import { isUntoldOutside, tellCancelled } from '../settle/tell-cancelled.ts';
import type { ToolDefinitions } from '../task/async-tool-definition.ts';
import { isDue, isOpen, type TaskRecord } from '../task/task.ts';

/**
 * What should have happened while nothing ran: results that are read from other tasks, deadlines that passed, outcomes
 * that the policy could not be asked about, and what a process that died in between has left over: `onResult` of
 * outcomes, `onCancel` of cancellations, and the tasks that depend on cancelled ones. Returns the tasks of the scope that
 * nobody was told of.
 */
export async function settleOverdue(runtime: Runtime, tools: ToolDefinitions, scope: Scope): Promise<TaskRecord[]> {
  const { store, clock } = runtime;
  if (tellsCancelled(tools)) await tellLeftUntold(runtime, tools, scope);
  const unconsumed = await store.list(scope, { consumed: false });
  if (unconsumed.length === 0) return unconsumed;
  const dependents = await cancelLeftDependents(runtime, tools, unconsumed);
  const now = clock.now();
  const due = unconsumed.some((task) => isOpen(task) && isDue(task, now));
  const halfSettled = unconsumed.filter((task) => isLeftHalfSettled(runtime, tools, task));
  const resolvable = unconsumed.filter((task) => isOpen(task) && tools.get(task.toolName)?.resolve !== undefined);
  if (!due && !dependents && halfSettled.length === 0 && resolvable.length === 0) return unconsumed;
  if (due) await expireDue(runtime, scope);
  for (const task of halfSettled) await finishSettling({ runtime, definition: tools.get(task.toolName), task });
  if (resolvable.length > 0) await settleResolvable(runtime, tools, scope);
  return store.list(scope, { consumed: false });
}

function tellsCancelled(tools: ToolDefinitions): boolean {
  return [...tools.values()].some(({ onCancel }) => onCancel !== undefined);
}

/** Told or not: a model may know of a cancellation before the outside does. */
async function tellLeftUntold(runtime: Runtime, tools: ToolDefinitions, scope: Scope): Promise<void> {
  const cancelled = await runtime.store.list(scope, { statuses: ['cancelled'] });
  for (const task of cancelled.filter((each) => isLeftUntold(runtime, tools, each))) {
    await tellCancelled({ runtime, tools, task });
  }
}

/** `true` if there were any: whoever cancelled what they depend on has died before it came to them. */
async function cancelLeftDependents(
  runtime: Runtime,
  tools: ToolDefinitions,
  unconsumed: readonly TaskRecord[],
): Promise<boolean> {
  let found = false;
  for (const task of unconsumed.filter(({ status }) => status === 'cancelled')) {
    found = (await cancelDependents({ runtime, tools }, task)).length > 0 || found;
  }
  return found;
}

/** Tasks whose result is read from others: those that have it now are settled. */
async function settleResolvable(runtime: Runtime, tools: ToolDefinitions, scope: Scope): Promise<void> {
  const { store, clock } = runtime;
  const tasks = await store.list(scope, { everyBranch: true });
  for (const task of tasks.filter((candidate) => isOpen(candidate) && isIn(scope, candidate))) {
    const result = tools.get(task.toolName)?.resolve?.(task, tasks);
    if (result === undefined) continue;
    const settlement = { status: 'completed', result } as const;
    const { verdict, task: after } = await store.settle(task, { settlement, now: clock.now() });
    if (verdict === 'accepted' && after !== undefined) await reportSettled(runtime, after);
  }
}

function isIn(scope: Scope, task: TaskRecord): boolean {
  return scopeKey(task.scope) === scopeKey(scope);
}

function isLeftHalfSettled(runtime: Runtime, tools: ToolDefinitions, task: TaskRecord): boolean {
  const { id, phase, toolName } = task;
  if (!tools.has(toolName)) return false;
  return phase === 'authorizing' || (phase === 'settling' && (runtime.settling.has(id) || isLeft(runtime, task)));
}

function isLeftUntold(runtime: Runtime, tools: ToolDefinitions, task: TaskRecord): boolean {
  return isUntoldOutside(task, tools) && isLeft(runtime, task);
}

/** Whoever settled it has had time enough for the rest. */
function isLeft({ clock, takeOverAfterMs }: Runtime, { settledAt = 0 }: TaskRecord): boolean {
  return settledAt <= clock.now() - takeOverAfterMs;
}
