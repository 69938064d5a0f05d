import { toJson } from '../base/json.ts';
import { type Settlement, toOutcome, withholding } from '../parts/outcome.ts';
import { authorize, permissionsOf } from '../policy/ask-policy.ts';
import type { PolicyDecision } from '../policy/policy.ts';
import type { Runtime } from '../runtime.ts';
import type { AsyncToolDefinition } from '../task/async-tool-definition.ts';
import { settlementOf, type TaskRecord } from '../task/task.ts';
import { quarantine } from './quarantine.ts';

interface HalfSettled {
  readonly runtime: Runtime;
  readonly definition: AsyncToolDefinition | undefined;
  readonly task: TaskRecord;
}

/**
 * Does what is left between the outcome that won and the end of the task: asks the policy where it could not be asked,
 * runs the tool's `onResult`, and stores what it makes of it. Once in this process however many wait for it; again after
 * a crash, and then what was stored first stays. Where the policy fails again, the task stays as it is.
 */
export async function finishSettling(input: HalfSettled): Promise<TaskRecord> {
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

async function finish(input: HalfSettled): Promise<TaskRecord> {
  const { runtime, definition, task } = input;
  const { settlement, phase } = task;
  if (settlement === undefined) return task;
  if (phase === 'authorizing') {
    const decision = await authorize(runtime, { at: 'arrival', task, outcome: toOutcome(settlement) });
    if (decision === undefined) return task;
    if (!decision.allow) return withhold({ runtime, task, settlement, decision });
  }
  return close(runtime, task, await applyOnResult(definition, settlement, task));
}

async function withhold(denied: {
  runtime: Runtime;
  task: TaskRecord;
  settlement: Settlement;
  decision: PolicyDecision;
}): Promise<TaskRecord> {
  const { runtime, task, settlement, decision } = denied;
  const state = permissionsOf(task, decision);
  await quarantine({ runtime, task, reason: 'unauthorized', outcome: toOutcome(settlement), ...state });
  return close(runtime, task, withholding(decision.reason));
}

async function close(runtime: Runtime, task: TaskRecord, settlement: Settlement): Promise<TaskRecord> {
  const finished = await runtime.store.finish(task, settlement);
  if (finished !== undefined) await reportSettled(runtime, finished);
  return finished ?? task;
}

/** Reports the outcome that counts. */
export async function reportSettled(runtime: Runtime, task: TaskRecord): Promise<void> {
  const settlement = settlementOf(task);
  if (settlement === undefined) return;
  const outcome = toOutcome(settlement);
  await runtime.report('task.settled', task, { detail: outcome.status, outcome });
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
