import { toOutcome } from '../parts/outcome.ts';
import type { Runtime } from '../runtime.ts';
import { settlementOf, type TaskRecord, type Told } from '../task/task.ts';

/**
 * The gate on consumption (law 6): may this conversation see the outcome as policy is now, and is the world still the
 * one it speaks of? `undefined` if the policy itself failed: nothing is shown, and the next run asks again.
 */
export async function permit(runtime: Runtime, task: TaskRecord): Promise<Told | undefined> {
  const settlement = settlementOf(task);
  if (settlement === undefined) return undefined;
  const outcome = toOutcome(settlement);
  try {
    const allowed = (await runtime.policy.authorize?.({ at: 'consumption', task, outcome })) ?? true;
    if (!allowed) return { outcome: { status: 'withheld' } };
    if (outcome.status !== 'completed') return { outcome };
    const fresh = (await runtime.policy.isFresh?.({ task, snapshot: task.snapshot })) ?? true;
    return fresh ? { outcome } : { outcome, stale: true };
  } catch (error) {
    await runtime.report('policy.failed', task, { detail: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}
