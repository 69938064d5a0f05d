import type { Scope } from '../base/scope.ts';
import type { Runtime } from '../runtime.ts';
import { finishSettling } from '../settle/finish-settling.ts';
import type { ToolDefinitions } from '../settle/settle.ts';
import { isDue, isOpen, type TaskRecord } from '../task/task.ts';

/**
 * What should have happened while nothing ran: deadlines that passed, and `onResult` of outcomes whose process died
 * between winning and running it. Returns the tasks of the scope that nobody was told of.
 */
export async function settleOverdue(runtime: Runtime, tools: ToolDefinitions, scope: Scope): Promise<TaskRecord[]> {
  const { store, clock, settling, takeOverAfterMs, report } = runtime;
  const unconsumed = await store.list(scope, { consumed: false });
  const now = clock.now();
  const due = unconsumed.some((task) => isOpen(task) && isDue(task, now));
  const halfSettled = unconsumed.filter(
    ({ id, phase, toolName, settledAt = 0 }) =>
      phase === 'settling' && tools.has(toolName) && (settling.has(id) || settledAt <= now - takeOverAfterMs),
  );
  if (!due && halfSettled.length === 0) return unconsumed;
  for (const task of await store.expireDue({ now, scope })) await report('task.expired', task);
  for (const task of halfSettled) await finishSettling({ runtime, definition: tools.get(task.toolName), task });
  return store.list(scope, { consumed: false });
}
