import { LatecallError } from '../base/latecall-error.ts';
import { checkScope, type Scope } from '../base/scope.ts';
import { type Outcome, toOutcome, withholding } from '../parts/outcome.ts';
import type { SettlementVerdict } from '../parts/verdict.ts';
import type { Runtime } from '../runtime.ts';
import { cancelAll } from '../settle/cancel.ts';
import { expireDue } from '../settle/expire-due.ts';
import { quarantine } from '../settle/quarantine.ts';
import { acceptsLate, sequelOf } from '../settle/sequel.ts';
import type { ToolDefinitions } from '../task/async-tool-definition.ts';
import { isOpen, isTerminal, type TaskRecord } from '../task/task.ts';

/** What became of an abandoned branch. */
export interface Abandonment {
  /** A verdict for each task that was cancelled. */
  readonly cancelled: readonly SettlementVerdict[];
  /** Tasks whose outcome was there and is told to nobody: people find it in quarantine. */
  readonly withheld: readonly TaskRecord[];
}

/**
 * Gives a branch of a conversation up: its open tasks are cancelled, with everything that depends on them in other
 * branches; results that are there are told to no model; what still arrives goes into quarantine. Nobody is woken for it
 * any more. A run of the branch that is under way should be aborted first: what it dispatches afterwards is not
 * cancelled until the branch is abandoned again.
 *
 * @throws {LatecallError} `unknown_branch` if the conversation has no task in it, listing those that it has;
 *   `invalid_scope` if the scope names no branch.
 */
export async function abandonBranch(input: {
  runtime: Runtime;
  tools: ToolDefinitions;
  scope: Scope;
  /** Told to the models of other branches about tasks that depended on it. @default 'its branch was abandoned' */
  reason?: string | undefined;
}): Promise<Abandonment> {
  const { runtime, reason = 'its branch was abandoned' } = input;
  const scope = checkScope(input.scope);
  await checkBranch(runtime, scope);
  await expireDue(runtime, scope);
  const cancelled = await cancelAll({ ...input, scope, reason });
  for (const task of await runtime.store.list(scope)) await closeForLater(runtime, task, reason);
  const over = (await runtime.store.list(scope, { consumed: false })).filter(({ status }) => isTerminal(status));
  const withheld: TaskRecord[] = [];
  for (const task of over) {
    if (await closeUntold(runtime, task, reason)) withheld.push(task);
  }
  return { cancelled, withheld: withheld.filter(({ status }) => status !== 'cancelled') };
}

/** Nothing more can come of it: neither a result that is on its way through the gate, nor one after the deadline. */
async function closeForLater(runtime: Runtime, task: TaskRecord, reason: string): Promise<void> {
  const { store, clock } = runtime;
  const { phase, settlement } = task;
  if (settlement !== undefined && (phase === 'authorizing' || phase === 'settling')) {
    await quarantine({ runtime, task, reason: 'cancelled', outcome: toOutcome(settlement) });
    await store.finish(task, withholding(reason));
  }
  const sequel = acceptsLate(task) ? await sequelOf(runtime, task) : undefined;
  if (sequel === undefined || !isOpen(sequel)) return;
  await store.settle(sequel, { settlement: { status: 'cancelled', reason }, now: clock.now() });
}

/** Consumed by nobody, as it were; `false` if a run that is under way has claimed it, which tells it then. */
async function closeUntold(runtime: Runtime, task: TaskRecord, reason: string): Promise<boolean> {
  const { store, clock, takeOverAfterMs } = runtime;
  const { id, scope } = task;
  const claimant = `abandoned:${id}`;
  const now = clock.now();
  const wanted = [{ id, delivery: { kind: 'append', offset: 1 } as const }];
  if ((await store.claim({ scope, claimant, now, wanted, takeOverAfterMs })).length === 0) return false;
  const outcome: Outcome =
    task.status === 'cancelled' ? { status: 'cancelled', reason } : { status: 'withheld', reason };
  const closed = await store.consume(task, { claimant, turn: claimant, now, told: { outcome } });
  if (closed) await runtime.report('task.withheld', task, { detail: 'abandoned', outcome });
  return closed;
}

async function checkBranch({ store }: Runtime, scope: Scope): Promise<void> {
  if (scope.branch === undefined) {
    throw new LatecallError({
      code: 'invalid_scope',
      message: `Only a branch can be abandoned: give scope.branch. To cancel everything in thread "${scope.thread}", use cancelAll.`,
    });
  }
  if ((await store.list(scope)).length > 0) return;
  const tasks = await store.list(scope, { everyBranch: true });
  const branches = [...new Set(tasks.flatMap((task) => task.scope.branch ?? []))];
  const known = branches.length === 0 ? 'It has none.' : `It has: ${branches.join(', ')}.`;
  throw new LatecallError({
    code: 'unknown_branch',
    message: `Thread "${scope.thread}" has no task in a branch "${scope.branch}". ${known}`,
  });
}
