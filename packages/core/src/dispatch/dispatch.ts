import { toIso } from '../base/clock.ts';
import { type Duration, toMilliseconds } from '../base/duration.ts';
import { createHandle } from '../base/handle.ts';
import { type Json, sameJson, toJson } from '../base/json.ts';
import { createId } from '../base/random.ts';
import type { Scope } from '../base/scope.ts';
import type { AsyncFunctionRequest } from '../parts/async-function-request.ts';
import { signRequest } from '../parts/sign-part.ts';
import { stateAtDispatch } from '../policy/ask-policy.ts';
import type { Runtime } from '../runtime.ts';
import { findTasks } from '../state/find-tasks.ts';
import type { AsyncToolDefinition } from '../task/async-tool-definition.ts';
import { isTerminal, neverDispatched, type TaskRecord } from '../task/task.ts';
import { DispatchError } from './dispatch-error.ts';
import { idempotencyKey, ownKey } from './idempotency-key.ts';
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
const longestKey = 200;

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
  const { task, created } = await record({ runtime, definition, call, args });
  const recorded = { runtime, definition, task, signal: call.signal };
  const dispatched = await (created ? attempt(recorded, () => begin(runtime, task, call)) : rejoin(recorded, call));
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

interface Recording {
  readonly runtime: Runtime;
  readonly definition: AsyncToolDefinition;
  readonly call: DispatchCall;
  readonly args: Json;
}

async function record(recording: Recording): Promise<{ task: TaskRecord; created: boolean }> {
  const { runtime, definition, call, args } = recording;
  const { store, randomBytes, clock } = runtime;
  const { scope, turn, toolName, callId, takenHandles } = call;
  const key = await keyOf(recording);
  const state = await stateOf(recording, key);
  if ('task' in state) return { task: withSameArguments(state.task, args), created: false };
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
      ...(definition.lateResult === 'accept' ? { lateResult: 'accept' } : {}),
      ...(definition.scheduling === undefined ? {} : { scheduling: definition.scheduling }),
      ...state,
    });
    if (outcome.result === 'handle_taken') continue;
    if (outcome.result === 'exists' && neverDispatched(outcome.task)) {
      again += 1; // a new task for a new attempt; the outside still gets the key without the number
      continue;
    }
    if (outcome.result === 'created') return { task: outcome.task, created: true };
    return { task: withSameArguments(outcome.task, args), created: false };
  }
}

/** A key belongs to one piece of work. */
function withSameArguments(task: TaskRecord, args: Json): TaskRecord {
  if (sameJson(task.arguments, args)) return task;
  throw new DispatchError({
    code: 'key_conflict',
    taskId: task.id,
    message: `Not dispatched: "${task.handle}" was dispatched under the same idempotency key with other arguments. Give the same arguments to join it, or another key for other work.`,
  });
}

/** Where too many tasks wait already, this one ends before it begins. */
async function begin(runtime: Runtime, task: TaskRecord, { turn, callId }: DispatchCall): Promise<void> {
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

type DispatchState = Pick<TaskRecord, 'dependsOn' | 'snapshot' | 'permissions'>;

/** What is found out before a dispatch; or the task, where an earlier run has dispatched it and it is refused now. */
async function stateOf(recording: Recording, key: string): Promise<DispatchState | { task: TaskRecord }> {
  const { runtime, call } = recording;
  try {
    const dependsOn = await dependenciesOf(recording);
    const state = await policyOf(recording);
    return { ...(dependsOn.length === 0 ? {} : { dependsOn }), ...state };
  } catch (refusal) {
    const tasks = await runtime.store.list(call.scope);
    const isKnown = (task: TaskRecord) => isAttemptAt(key, task) && !neverDispatched(task);
    const known = tasks.find(isKnown);
    if (known === undefined) throw refusal;
    return { task: known };
  }
}

/** The first attempt has the key itself, see {@link record}. */
function isAttemptAt(key: string, { idempotencyKey }: TaskRecord): boolean {
  return idempotencyKey === key || idempotencyKey.startsWith(`${key}.`);
}

async function policyOf({ runtime, call, args }: Recording): ReturnType<typeof stateAtDispatch> {
  const { scope, toolName } = call;
  try {
    return await stateAtDispatch(runtime, { toolName, arguments: args, scope });
  } catch (cause) {
    const told = cause instanceof Error ? cause.message : String(cause);
    const message = `Not dispatched: the policy could not be asked about "${toolName}": ${told}`;
    throw new DispatchError({ code: 'policy_failed', message, cause });
  }
}

async function dependenciesOf({ runtime, definition, call, args }: Recording): Promise<string[]> {
  const names = definition.dependsOn?.(args) ?? [];
  if (names.length === 0) return [];
  try {
    return (await findTasks(runtime.store, call.scope, names)).map(({ id }) => id);
  } catch (cause) {
    const told = cause instanceof Error ? cause.message : String(cause);
    const message = `Not dispatched: "${call.toolName}" depends on a task that is not there. ${told}`;
    throw new DispatchError({ code: 'unknown_dependency', message, cause });
  }
}

async function keyOf({ definition, call, args }: Recording): Promise<string> {
  const { scope, turn, toolName, occurrence } = call;
  const own: unknown = definition.idempotencyKey?.(args);
  if (own === undefined) return idempotencyKey({ scope, turn, toolName, arguments: args, occurrence });
  if (typeof own === 'string' && own !== '' && own.length <= longestKey) return ownKey({ scope, toolName, key: own });
  const message = `Not dispatched: idempotencyKey of "${toolName}" must return a text of 1 to ${longestKey} characters.`;
  throw new DispatchError({ code: 'invalid_key', message });
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
