import { toOutcome } from '../parts/outcome.ts';
import { authorize, isFresh, permissionsOf } from '../policy/ask-policy.ts';
import type { PolicyDecision } from '../policy/policy.ts';
import type { Runtime } from '../runtime.ts';
import type { AsyncToolDefinition } from '../task/async-tool-definition.ts';
import { settlementOf, type TaskRecord, type Told } from '../task/task.ts';

/** What a model may be told of a task, and what the policy said about it. */
export interface Permitted {
  readonly told: Told;
  /** For the audit. */
  readonly permissions?: ReturnType<typeof permissionsOf>['permissions'];
}

/**
 * The gate on consumption (law 6): may this conversation see the outcome as policy is now, and is the world still the
 * one it speaks of? `undefined` if the policy itself failed: nothing is shown, and the next run asks again.
 */
export async function permit(
  runtime: Runtime,
  task: TaskRecord,
  definition: AsyncToolDefinition | undefined,
): Promise<Permitted | undefined> {
  const settlement = settlementOf(task);
  if (settlement === undefined) return undefined;
  const outcome = toOutcome(settlement);
  const decision = await authorize(runtime, { at: 'consumption', task, outcome });
  if (decision === undefined) return undefined;
  const state = permissionsOf(task, decision);
  if (!decision.allow) return { told: withheld(decision), ...state };
  if (outcome.status !== 'completed') return { told: { outcome }, ...state };
  const fresh = await isFresh(runtime, task);
  if (fresh === undefined) return undefined;
  if (fresh) return { told: { outcome }, ...state };
  return { told: definition?.staleResult === 'refuse' ? refused : { outcome, stale: true }, ...state };
}

const refused: Told = {
  outcome: { status: 'withheld', reason: 'what it speaks of has changed since the call was made' },
  stale: true,
};

function withheld({ reason }: PolicyDecision): Told {
  return { outcome: { status: 'withheld', ...(reason === undefined ? {} : { reason }) } };
}
