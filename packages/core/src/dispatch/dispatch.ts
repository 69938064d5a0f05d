import { toIso } from '../base/clock.ts';
import { type Duration, toMilliseconds } from '../base/duration.ts';
import { type Json, toJson } from '../base/json.ts';
import type { AsyncFunctionRequest } from '../parts/async-function-request.ts';
import { signRequest } from '../parts/sign-part.ts';
import type { Runtime } from '../runtime.ts';
import type { AsyncToolDefinition } from '../task/async-tool-definition.ts';
import type { TaskRecord } from '../task/task.ts';
import { beginDispatch } from './begin-dispatch.ts';
import type { DispatchCall } from './dispatch-call.ts';
import { DispatchError } from './dispatch-error.ts';
import { recordDispatch } from './record-dispatch.ts';
import { checkDispatched, failDispatch, runDispatch } from './run-dispatch.ts';

const defaultDispatchTimeout: Duration = '1m';

/**
 * Phase 1 of a call: records the task, runs the tool's `dispatch`, stores its receipt, and only then returns the
 * request (law 2). A re-run of the same turn joins the task that is there.
 *
 * @throws {DispatchError} if the dispatch threw, took too long, or was interrupted and must not be repeated; if the
 *   policy failed, too many tasks are pending, a dependency is not there, or the key was used with other arguments.
 * @throws {NotJsonError} if the arguments are not JSON; for a receipt that is none, a DispatchError.
 */
export async function dispatch(input: {
  runtime: Runtime;
  definition: AsyncToolDefinition;
  call: DispatchCall;
}): Promise<AsyncFunctionRequest<Json, Json>> {
  const { runtime, definition, call } = input;
  const args = toJson(call.arguments, `The input of "${call.toolName}"`);
  const { callId } = call;
  const { task, created } = await recordDispatch({ runtime, definition, call, args });
  const recorded = { runtime, definition, task, signal: call.signal };
  const dispatched = await (created
    ? attempt(recorded, () => beginDispatch(runtime, task, call))
    : rejoin(recorded, call));
  return requestOf(runtime, dispatched, callId);
}

/** A recorded task whose dispatch has given no receipt. */
export interface RecordedDispatch {
  readonly runtime: Runtime;
  readonly definition: AsyncToolDefinition;
  readonly task: TaskRecord;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes up a dispatch that was interrupted: runs it again with the same key, or gives it up, as the tool says. A task
 * that is not `dispatching`, or that this process is dispatching at the moment, is left as it is.
 *
 * @throws {DispatchError} as {@link dispatch}.
 */
export async function resumeDispatch(recorded: RecordedDispatch): Promise<TaskRecord> {
  const { runtime, definition, task } = recorded;
  if (task.phase !== 'dispatching' || runtime.dispatching.has(task.id)) return task;
  if (definition.onInterruptedDispatch === 'fail') await giveUp({ runtime, definition, task });
  return attempt(recorded);
}

/** From its first moment on, calls of this process with the same key join it. */
async function attempt(recorded: RecordedDispatch, before?: () => Promise<void>): Promise<TaskRecord> {
  const { runtime, definition, task, signal } = recorded;
  const timeoutMs = toMilliseconds(definition.dispatchTimeout ?? defaultDispatchTimeout);
  const run = async () => {
    await before?.();
    return runDispatch({ runtime, definition, task, signal, timeoutMs });
  };
  const running = run();
  runtime.dispatching.set(task.id, running);
  try {
    return await running;
  } finally {
    runtime.dispatching.delete(task.id);
  }
}

/** The signed request of a dispatched task, for the call that it answers. */
export function requestOf(
  runtime: Runtime,
  task: TaskRecord,
  callId: string,
): Promise<AsyncFunctionRequest<Json, Json>> {
  return signRequest(runtime.signer, task.scope, {
    type: 'async-function-request',
    v: 1,
    id: task.id,
    handle: task.handle,
    functionCall: { callId, name: task.toolName, arguments: task.arguments },
    dispatchResult: task.dispatchResult ?? null,
    dispatchedAt: toIso(task.dispatchedAt ?? task.createdAt),
    ...(task.deadlineAt === undefined ? {} : { deadlineAt: toIso(task.deadlineAt) }),
  });
}

/** Waits for a dispatch that this process is in the middle of; `undefined` if there is none, or its run was aborted. */
async function join(runtime: Runtime, task: TaskRecord, { signal }: DispatchCall): Promise<TaskRecord | undefined> {
  const running = runtime.dispatching.get(task.id);
  if (running === undefined) return undefined;
  try {
    return await running;
  } catch (error) {
    const now = await runtime.store.get(task);
    if (now?.phase !== 'dispatching' || signal?.aborted === true) throw error;
    return undefined;
  }
}

/** Waits for the dispatch that this process is in the middle of, or takes an interrupted one up. */
async function rejoin(recorded: RecordedDispatch, call: DispatchCall): Promise<TaskRecord> {
  const { runtime, task } = recorded;
  const { callId, turn } = call;
  await runtime.store.update(task, { callId });
  await runtime.report('task.rejoined', task, { turn, callId });
  for (;;) {
    const joined = await join(runtime, task, call);
    if (joined !== undefined) return joined;
    const now = (await runtime.store.get(task)) ?? task; // read after the look: one that ended in between shows
    checkDispatched(now);
    if (now.phase !== 'dispatching') return now;
    if (!runtime.dispatching.has(task.id)) return resumeDispatch({ ...recorded, task: now });
  }
}

async function giveUp(input: { runtime: Runtime; definition: AsyncToolDefinition; task: TaskRecord }): Promise<never> {
  const { runtime, definition, task } = input;
  const timeoutMs = toMilliseconds(definition.dispatchTimeout ?? defaultDispatchTimeout);
  if (runtime.clock.now() - task.createdAt < timeoutMs) {
    throw new DispatchError({
      code: 'dispatch_in_progress',
      taskId: task.id,
      message: `"${task.handle}" is being dispatched by another run at this moment. Nothing was dispatched again.`,
    });
  }
  const error = new DispatchError({
    code: 'dispatch_interrupted',
    taskId: task.id,
    message: `The dispatch of "${task.handle}" was interrupted; whether the work began is not known, and the tool is set not to repeat it.`,
  });
  await failDispatch({ runtime, task, error });
  throw error;
}
