import type { AuditEvent } from '../audit/audit.ts';
import { checkScope, type Scope } from '../base/scope.ts';
import { type Outcome, toOutcome } from '../parts/outcome.ts';
import type { Runtime } from '../runtime.ts';
import type { QuarantineReason } from '../task/notes.ts';
import { settlementOf, type TaskRecord } from '../task/task.ts';

/** A result that no model may see, for people to read. */
export interface QuarantinedResult {
  /** Of its task. */
  readonly id: string;
  readonly handle: string;
  readonly toolName: string;
  readonly scope: Scope;
  /** When it came, in milliseconds since the epoch. */
  readonly at: number;
  /** `withheld`: it came in, but the policy had changed when a model was to be told. */
  readonly reason: QuarantineReason | 'withheld';
  readonly outcome: Outcome;
}

/** Keeps a result that may not be shown to any model. Only results and failures: that a task was cancelled is no news. */
export async function quarantine(kept: {
  runtime: Runtime;
  task: TaskRecord;
  reason: QuarantineReason;
  outcome: Outcome;
  permissions?: AuditEvent['permissions'];
}): Promise<void> {
  const { runtime, task, reason, outcome, permissions } = kept;
  if (outcome.status !== 'completed' && outcome.status !== 'failed') return;
  const at = runtime.clock.now();
  const { verdict } = await runtime.store.note(task, { type: 'quarantine', at, reason, outcome });
  if (verdict === 'duplicate') return;
  const detail = verdict === 'full' ? `${reason}: not kept, the quarantine of this task is full` : reason;
  await runtime.report('task.quarantined', task, {
    detail,
    outcome,
    ...(permissions === undefined ? {} : { permissions }),
  });
}

/** The results of a conversation, in all its branches unless the scope names one, that no model may see; oldest first. */
export async function quarantinedResults(runtime: Runtime, scope: Scope): Promise<QuarantinedResult[]> {
  const checked = checkScope(scope);
  const tasks = await runtime.store.list(checked, { everyBranch: checked.branch === undefined });
  return tasks.flatMap(keptOf).toSorted((one, other) => one.at - other.at);
}

function keptOf(task: TaskRecord): QuarantinedResult[] {
  const { id, handle, toolName, scope, quarantine: kept = [], consumption, settledAt = 0 } = task;
  const named = { id, handle, toolName, scope };
  const settlement = settlementOf(task);
  const withheld = consumption?.outcome.status === 'withheld' && settlement?.status === 'completed';
  return [
    ...kept.map((result): QuarantinedResult => ({ ...named, ...result })),
    ...(withheld ? [{ ...named, at: settledAt, reason: 'withheld' as const, outcome: toOutcome(settlement) }] : []),
  ];
}
