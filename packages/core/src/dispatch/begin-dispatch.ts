import type { Runtime } from '../runtime.ts';
import { isTerminal, type TaskRecord } from '../task/task.ts';
import type { DispatchCall } from './dispatch-call.ts';
import { DispatchError } from './dispatch-error.ts';
import { failDispatch } from './run-dispatch.ts';

/**
 * Logs a task that was just created. Where the log does not take it, or too many tasks wait already, this one ends
 * before it begins.
 *
 * @throws {DispatchError} `audit_failed`, `too_many_pending`.
 */
export async function beginDispatch(runtime: Runtime, task: TaskRecord, { turn, callId }: DispatchCall): Promise<void> {
  try {
    await runtime.report('task.created', task, { turn, callId });
  } catch (cause) {
    const error = notLogged(task, cause);
    await failDispatch({ runtime, task, error }).catch(() => {}); // ended first, then reported
    throw error;
  }
  const { pendingTasks } = runtime.limits;
  if (!(await isOneTooMany(runtime, task))) return;
  const error = new DispatchError({
    code: 'too_many_pending',
    taskId: task.id,
    message: `Not dispatched: ${pendingTasks} calls of this conversation wait for their results already. Wait for some of them, or cancel some.`,
  });
  await failDispatch({ runtime, task, error });
  throw error;
}

function notLogged(task: TaskRecord, cause: unknown): DispatchError {
  const told = cause instanceof Error ? cause.message : String(cause);
  const message = `Not dispatched: the audit did not take the call: ${told}`;
  return new DispatchError({ code: 'audit_failed', taskId: task.id, message, cause });
}

/** Of several that begin at once only those that came after the limit are too many. */
async function isOneTooMany({ store, limits }: Runtime, task: TaskRecord): Promise<boolean> {
  if ((await store.countOpen(task.scope)) <= limits.pendingTasks) return false;
  const open = (await store.list(task.scope, { consumed: false })).filter(({ status }) => !isTerminal(status));
  return open.findIndex(({ id }) => id === task.id) >= limits.pendingTasks;
}
