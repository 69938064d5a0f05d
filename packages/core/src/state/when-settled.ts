import type { Clock } from '../base/clock.ts';
import { checkScope, type Scope, scopeKey } from '../base/scope.ts';
import type { Runtime } from '../runtime.ts';
import { expireDue } from '../settle/expire-due.ts';
import { isDue, isOpen, isTerminal, type TaskRecord } from '../task/task.ts';
import { findTasks } from './find-tasks.ts';

/** Which tasks to wait for. */
export interface WaitForTasks {
  readonly scope: Scope;
  /** Handles or ids. */
  readonly tasks: readonly string[];
  /** `all`: until each has its outcome; `any`: until one has. @default 'all' */
  readonly until?: 'all' | 'any';
  /** Ends the waiting: the promise rejects with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Waits, in code and in this process, until tasks have their outcome, and gives them as the store knows them then: fresh,
 * never from a transcript. Deadlines count although no run is made. For conversations that are to go on by themselves, a
 * thread runner is the better way: it needs no process that waits.
 *
 * @throws {UnknownHandleError} for a name that means no task of the conversation, or several.
 */
export async function whenSettled(runtime: Runtime, wanted: WaitForTasks): Promise<TaskRecord[]> {
  const { store, clock } = runtime;
  const { tasks: names, until = 'all', signal } = wanted;
  const scope = checkScope(wanted.scope);
  const ids = new Set((await findTasks(store, scope, names)).map(({ id }) => id));
  for (;;) {
    const change = nextChange(runtime, ids, signal);
    try {
      const tasks = await expired(runtime, await findTasks(store, scope, [...ids]));
      const over = tasks.filter(({ status }) => isTerminal(status));
      if (over.length === tasks.length || (until === 'any' && over.length > 0)) return tasks;
      change.lookAgainAt(earliestDeadline(tasks), clock);
      await change.promise;
    } finally {
      change.stop();
    }
  }
}

/** The tasks, after those whose deadline has passed were settled. */
async function expired(runtime: Runtime, tasks: TaskRecord[]): Promise<TaskRecord[]> {
  const { store, clock } = runtime;
  const due = tasks.filter((task) => isOpen(task) && isDue(task, clock.now()));
  if (due.length === 0) return tasks;
  const scopes = new Map(due.map((task) => [scopeKey(task.scope), task.scope]));
  for (const scope of scopes.values()) await expireDue(runtime, scope);
  return Promise.all(tasks.map(async (task) => (await store.get(task)) ?? task));
}

/** Hints may be lost: it looks again after this many milliseconds at the latest. */
const rescanMs = 5_000;

function nextChange({ store }: Runtime, ids: ReadonlySet<string>, signal: AbortSignal | undefined) {
  signal?.throwIfAborted();
  let resolve = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<void>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  promise.catch(() => {}); // whoever waits for it hears of it
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const unsubscribe = store.subscribe(({ id }) => ids.has(id) && resolve());
  let cancelTimer = () => {};
  return {
    promise,
    lookAgainAt: (at: number | undefined, clock: Clock) => {
      const latest = clock.now() + rescanMs;
      cancelTimer = clock.schedule(resolve, Math.max(0, Math.min(at ?? latest, latest) - clock.now()));
    },
    stop: () => {
      cancelTimer();
      unsubscribe();
      signal?.removeEventListener('abort', onAbort);
    },
  };
}

function earliestDeadline(tasks: readonly TaskRecord[]): number | undefined {
  const due = tasks.flatMap((task) => (isOpen(task) ? (task.deadlineAt ?? []) : []));
  return due.length === 0 ? undefined : Math.min(...due);
}
