import { toIso } from '../base/clock.ts';
import { type Duration, toMilliseconds } from '../base/duration.ts';
import { createHandle } from '../base/handle.ts';
import { type Json, toJson } from '../base/json.ts';
import { createId } from '../base/random.ts';
import type { Scope } from '../base/scope.ts';
import type { AsyncFunctionRequest } from '../parts/async-function-request.ts';
import { signRequest } from '../parts/sign-part.ts';
import type { Runtime } from '../runtime.ts';
import type { AsyncToolDefinition } from '../task/async-tool-definition.ts';
import { neverDispatched, type TaskRecord } from '../task/task.ts';
import { DispatchError } from './dispatch-error.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { failDispatch, runDispatch } from './run-dispatch.ts';

/** One call of an async tool, as a model made it. */
export interface DispatchCall {
  readonly callId: string;
  readonly toolName: string;
  readonly arguments: unknown;
  /** The turn whose response held the call. */
  readonly turn: string;
  /** 0 for the first of several equal calls of one turn, 1 for the second, … */
  readonly occurrence: number;
  readonly scope: Scope;
  readonly signal?: AbortSignal | undefined;
  /** Handles of the conversation that the store may not know, since it keeps nothing. @default none */
  readonly takenHandles?: ReadonlySet<string>;
}

const defaultDispatchTimeout: Duration = '1m';

/**
 * Phase 1 of a call: records the task, runs the tool's `dispatch`, stores its receipt, and only then returns the
 * request (law 2). A re-run of the same turn joins the task that is there.
 *
 * @throws {DispatchError} if the dispatch threw, took too long, or was interrupted and must not be repeated.
 * @throws {NotJsonError} if the arguments or the snapshot are not JSON; for a receipt that is none, a DispatchError.
 */
export async function dispatch(input: {
  runtime: Runtime;
  definition: AsyncToolDefinition;
  call: DispatchCall;
}): Promise<AsyncFunctionRequest<Json, Json>> {
  const { runtime, definition, call } = input;
  const args = toJson(call.arguments, `The input of "${call.toolName}"`);
  const { callId } = call;
  const { task, created } = await record({ runtime, definition, call, args });
  if (!created) await rejoin(runtime, task, call);
  if (task.phase !== 'dispatching') return requestOf(runtime, task, callId);

  const joined = await join(runtime, task, call);
  if (joined !== undefined) return requestOf(runtime, joined, callId);
  const dispatched = created
    ? await attempt({ runtime, definition, task, signal: call.signal })
    : await resumeDispatch({ runtime, definition, task, signal: call.signal });
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

async function attempt({ runtime, definition, task, signal }: RecordedDispatch): Promise<TaskRecord> {
  const timeoutMs = toMilliseconds(definition.dispatchTimeout ?? defaultDispatchTimeout);
  const running = runDispatch({ runtime, definition, task, signal, timeoutMs });
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

async function record(input: {
  runtime: Runtime;
  definition: AsyncToolDefinition;
  call: DispatchCall;
  args: Json;
}): Promise<{ task: TaskRecord; created: boolean }> {
  const { runtime, definition, call, args } = input;
  const { store, randomBytes, clock, policy } = runtime;
  const { scope, turn, toolName, callId, occurrence, takenHandles } = call;
  const key = await idempotencyKey({ scope, turn, toolName, arguments: args, occurrence });
  const snapshot = await policy.snapshot?.({ toolName, arguments: args });
  for (let again = 0; ; ) {
    const handle = createHandle({ toolName, randomBytes });
    if (takenHandles?.has(handle) === true) continue;
    const createdAt = clock.now();
    const outcome = await store.create({
      id: createId('task', randomBytes),
      handle,
      scope,
      turn,
      toolName,
      callIds: [callId],
      arguments: args,
      idempotencyKey: again === 0 ? key : `${key}.${again}`,
      tokenHashes: [],
      createdAt,
      ...(definition.deadline === undefined ? {} : { deadlineAt: createdAt + toMilliseconds(definition.deadline) }),
      ...(definition.scheduling === undefined ? {} : { scheduling: definition.scheduling }),
      ...(snapshot === undefined ? {} : { snapshot: toJson(snapshot, 'The snapshot') }),
    });
    if (outcome.result === 'handle_taken') continue;
    if (outcome.result === 'exists' && neverDispatched(outcome.task)) {
      again += 1; // a new task for a new attempt; the outside still gets the key without the number
      continue;
    }
    const created = outcome.result === 'created';
    if (created) await runtime.report('task.created', outcome.task, { turn });
    return { task: outcome.task, created };
  }
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

async function rejoin(runtime: Runtime, task: TaskRecord, { callId, turn }: DispatchCall): Promise<void> {
  await runtime.store.update(task, { callId });
  await runtime.report('task.rejoined', task, { turn });
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
