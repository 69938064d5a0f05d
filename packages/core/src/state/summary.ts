import { checkScope, type Scope } from '../base/scope.ts';
import type { Progress } from '../parts/progress.ts';
import type { Runtime } from '../runtime.ts';
import { type Standing, toldStandingOf } from '../task/standing.ts';
import { isOpen, isTerminal, neverDispatched, type TaskRecord } from '../task/task.ts';
import { isTaskQuery } from './task-query.ts';

/** A task in a {@link StateSummary}. Times in milliseconds since the epoch. */
export interface SummarizedTask {
  readonly id: string;
  readonly handle: string;
  readonly toolName: string;
  /** In which branch, if not in the trunk. */
  readonly branch?: string;
  readonly status: Standing;
  /** When it was dispatched; when it was over, for one that is. */
  readonly since: number;
  readonly deadlineAt?: number;
  /** As it was last reported. */
  readonly progress?: Progress;
  /** The handles of tasks without an outcome that it builds on. */
  readonly waitsFor?: readonly string[];
}

/** How a conversation stands. */
export interface StateSummary {
  /** Without an outcome, oldest first. */
  readonly pending: readonly SummarizedTask[];
  /** With an outcome that no model was told, oldest first; also where `onResult` or the policy is still to be asked. */
  readonly untold: readonly SummarizedTask[];
  /** Of which a model was told only that there is a result. */
  readonly withheld: readonly SummarizedTask[];
  /** How many results are kept from every model for other reasons: they came too late, or were not permitted. */
  readonly quarantined: number;
}

/** How a conversation stands, in all its branches unless the scope names one: fresh from the store. */
export async function summarize({ store, clock }: Runtime, where: Scope): Promise<StateSummary> {
  const scope = checkScope(where);
  const everyBranch = scope.branch === undefined;
  const tasks = (await store.list(scope, { everyBranch })).filter(
    (task) => !neverDispatched(task) && !isTaskQuery(task),
  );
  const now = clock.now();
  const open = new Map(tasks.flatMap(({ id, handle, status }) => (isTerminal(status) ? [] : [[id, handle] as const])));
  const shown = (task: TaskRecord) => summarized(task, { now, open });
  return {
    pending: tasks.filter((task) => isOpen(task) && task.sequelOf === undefined).map(shown),
    untold: tasks.filter((task) => !isOpen(task) && task.consumption === undefined).map(shown),
    withheld: tasks.filter(({ consumption }) => consumption?.outcome.status === 'withheld').map(shown),
    quarantined: tasks.reduce((sum, { quarantine = [] }) => sum + quarantine.length, 0),
  };
}

function summarized(
  task: TaskRecord,
  { now, open }: { now: number; open: ReadonlyMap<string, string> },
): SummarizedTask {
  const { id, handle, toolName, scope, createdAt, dispatchedAt = createdAt, settledAt, deadlineAt, progress } = task;
  const waitsFor = (task.dependsOn ?? []).flatMap((each) => open.get(each) ?? []);
  return {
    id,
    handle,
    toolName,
    ...(scope.branch === undefined ? {} : { branch: scope.branch }),
    status: toldStandingOf(task, now),
    since: settledAt ?? dispatchedAt,
    ...(deadlineAt === undefined ? {} : { deadlineAt }),
    ...(progress === undefined ? {} : { progress }),
    ...(waitsFor.length === 0 ? {} : { waitsFor }),
  };
}

/**
 * A summary in a few tokens for a model: handles and states, no times and no progress, so that an unchanged state is
 * the same text (law 13). Put it into a message that you append; never change it there.
 */
export function describeState({ pending, untold, withheld }: StateSummary): string {
  const lines = [
    line('Pending, no result yet', pending),
    line('Finished, the result is still to be given to you', untold),
    line('Withheld from you', withheld),
  ].filter((text) => text !== '');
  return lines.length === 0 ? 'No dispatched calls are pending.' : lines.join('\n');
}

function line(title: string, tasks: readonly SummarizedTask[]): string {
  return tasks.length === 0 ? '' : `${title}: ${tasks.map(({ handle }) => handle).join(', ')}.`;
}
