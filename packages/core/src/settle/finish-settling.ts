import { toJson } from '../base/json.ts';
import type { Settlement } from '../parts/outcome.ts';
import type { Runtime } from '../runtime.ts';
import type { AsyncToolDefinition } from '../task/async-tool-definition.ts';
import type { TaskRecord } from '../task/task.ts';

/**
 * Runs the tool's `onResult` on the outcome that won and stores what it makes of it. Once in this process however many
 * wait for it; again after a crash, and then what was stored first stays.
 */
export async function finishSettling(input: {
  runtime: Runtime;
  definition: AsyncToolDefinition | undefined;
  task: TaskRecord;
}): Promise<TaskRecord> {
  const { runtime, task } = input;
  const running = runtime.settling.get(task.id);
  if (running !== undefined) return running;
  const work = finish(input);
  runtime.settling.set(task.id, work);
  try {
    return await work;
  } finally {
    runtime.settling.delete(task.id);
  }
}

async function finish(input: {
  runtime: Runtime;
  definition: AsyncToolDefinition | undefined;
  task: TaskRecord;
}): Promise<TaskRecord> {
  const { runtime, definition, task } = input;
  if (task.settlement === undefined) return task;
  const settlement = await applyOnResult(definition, task.settlement, task);
  const finished = await runtime.store.finish(task, settlement);
  if (finished !== undefined) await runtime.report('task.settled', finished, { detail: finished.status });
  return finished ?? task;
}

async function applyOnResult(
  definition: AsyncToolDefinition | undefined,
  settlement: Settlement,
  task: TaskRecord,
): Promise<Settlement> {
  if (settlement.status !== 'completed' || definition?.onResult === undefined) return settlement;
  try {
    const result: unknown = await definition.onResult(settlement.result, task);
    return { status: 'completed', result: toJson(result, `What onResult returned for "${task.id}"`) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { status: 'failed', error: { code: 'on_result_failed', message } };
  }
}
