import { type SettlementVerdict, verdictOf } from '../parts/verdict.ts';
import type { Runtime } from '../runtime.ts';
import type { TaskRef } from '../task/task-store.ts';
import type { ToolDefinitions } from './settle.ts';

/**
 * Cancels a task: settles it as `cancelled` and tells the outside through `onCancel`. A result that comes later loses.
 * A throw of `onCancel` is reported (`task.cancelled` with its message) and changes nothing.
 */
export async function cancel(input: {
  runtime: Runtime;
  tools: ToolDefinitions;
  task: TaskRef;
  reason?: string | undefined;
}): Promise<SettlementVerdict> {
  const { runtime, tools, task: ref, reason } = input;
  const settlement = { status: 'cancelled', ...(reason === undefined ? {} : { reason }) } as const;
  const { verdict, task } = await runtime.store.settle(ref, { settlement, now: runtime.clock.now() });
  if (verdict === 'accepted' && task !== undefined) {
    let detail = reason;
    try {
      await tools.get(task.toolName)?.onCancel?.(task);
    } catch (error) {
      detail = `onCancel failed: ${error instanceof Error ? error.message : String(error)}`;
    }
    await runtime.report('task.cancelled', task, detail === undefined ? {} : { detail });
  }
  return verdictOf({ verdict, id: ref.id, task });
}
