import { checkScope, type Scope } from '../base/scope.ts';
import { type SettlementVerdict, verdictOf } from '../parts/verdict.ts';
import type { Runtime } from '../runtime.ts';
import type { ToolDefinitions } from '../task/async-tool-definition.ts';
import { isOpen, type TaskRecord } from '../task/task.ts';
import type { TaskRef } from '../task/task-store.ts';
import { acceptsLate, sequelOf } from './sequel.ts';
import { tellCancelled } from './tell-cancelled.ts';

interface Cancelling {
  readonly runtime: Runtime;
  readonly tools: ToolDefinitions;
  /** Told to the model. */
  readonly reason?: string | undefined;
}

/**
 * Cancels a task: settles it as `cancelled` and tells the outside through `onCancel`. A result that comes later loses
 * and goes into quarantine. Open tasks that depend on it are cancelled too.
 */
export async function cancel(input: Cancelling & { task: TaskRef }): Promise<SettlementVerdict> {
  const verdict = await cancelOne(input, input.task);
  const { task } = verdict; // cancelled before, perhaps by a process that died in the middle: the rest is done now
  if (task?.status === 'cancelled') await cancelDependents(input, task);
  return verdict;
}

/**
 * Cancels all open tasks of a conversation, in all its branches unless the scope names one, and what depends on them in
 * other branches. A verdict for each task that was cancelled.
 */
export async function cancelAll(input: Cancelling & { scope: Scope }): Promise<SettlementVerdict[]> {
  const { runtime } = input;
  const scope = checkScope(input.scope);
  const tasks = await runtime.store.list(scope, { everyBranch: scope.branch === undefined, consumed: false });
  const verdicts: SettlementVerdict[] = [];
  for (const task of tasks.filter(isOpen)) verdicts.push(await cancelOne(input, task));
  const cancelled = verdicts.filter(({ verdict }) => verdict === 'accepted');
  const dependents: SettlementVerdict[] = [];
  for (const { task } of cancelled) dependents.push(...(task === undefined ? [] : await cancelDependents(input, task)));
  return [...cancelled, ...dependents];
}

async function cancelOne({ runtime, tools, reason }: Cancelling, ref: TaskRef): Promise<SettlementVerdict> {
  const settlement = { status: 'cancelled', ...(reason === undefined ? {} : { reason }) } as const;
  const { verdict, task } = await runtime.store.settle(ref, { settlement, now: runtime.clock.now() });
  if (verdict === 'late' && task !== undefined && acceptsLate(task)) {
    const sequel = await sequelOf(runtime, task); // nobody waits for the late result any more
    const closed = sequel === undefined ? { verdict, task } : await cancelOne({ runtime, tools, reason }, sequel);
    return verdictOf({ ...closed, id: ref.id });
  }
  if (verdict === 'accepted' && task !== undefined) await tellCancelled({ runtime, tools, task });
  return verdictOf({ verdict, id: ref.id, task });
}

/** Cancels whatever hangs on a cancelled task, in any branch; and what hangs on that. */
export async function cancelDependents(
  input: Omit<Cancelling, 'reason'>,
  cancelled: TaskRecord,
): Promise<SettlementVerdict[]> {
  const { runtime } = input;
  const tasks = await runtime.store.list(cancelled.scope, { everyBranch: true, consumed: false });
  const dependents = tasks.filter((task) => isOpen(task) && task.dependsOn?.includes(cancelled.id));
  const verdicts: SettlementVerdict[] = [];
  for (const task of dependents) {
    const reason = `it depends on "${cancelled.handle}", which was cancelled`;
    const verdict = await cancelOne({ ...input, reason }, task);
    if (verdict.verdict !== 'accepted' || verdict.task === undefined) continue;
    verdicts.push(verdict, ...(await cancelDependents(input, verdict.task)));
  }
  return verdicts;
}
