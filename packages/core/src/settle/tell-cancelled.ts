import { toOutcome } from '../parts/outcome.ts';
import type { Runtime } from '../runtime.ts';
import type { ToolDefinitions } from '../task/async-tool-definition.ts';
import { settlementOf, type TaskRecord } from '../task/task.ts';

/**
 * Tells the outside through the tool's `onCancel` that a task was cancelled, and notes that it was told. A throw is
 * reported and changes nothing about the cancellation; the next run of the conversation tries again.
 */
export async function tellCancelled(input: {
  runtime: Runtime;
  tools: ToolDefinitions;
  task: TaskRecord;
}): Promise<void> {
  const { runtime, tools, task } = input;
  const { onCancel } = tools.get(task.toolName) ?? {};
  const problem = onCancel === undefined ? undefined : await problemOf(async () => onCancel(task));
  if (onCancel !== undefined && problem === undefined) {
    await runtime.store.note(task, { type: 'cancel-told', at: runtime.clock.now() });
  }
  const settlement = settlementOf(task);
  const reason = settlement?.status === 'cancelled' ? settlement.reason : undefined;
  const detail = problem === undefined ? reason : `onCancel failed: ${problem}`;
  const outcome = settlement === undefined ? {} : { outcome: toOutcome(settlement) };
  await runtime.report('task.cancelled', task, { ...outcome, ...(detail === undefined ? {} : { detail }) });
}

/** `true` if nobody can say that the outside knows: its process died, or `onCancel` failed. */
export function isUntoldOutside(task: TaskRecord, tools: ToolDefinitions): boolean {
  const { status, toolName, cancelToldAt } = task;
  return status === 'cancelled' && cancelToldAt === undefined && tools.get(toolName)?.onCancel !== undefined;
}

async function problemOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
