import { toMilliseconds } from '../base/duration.ts';
import { createHandle } from '../base/handle.ts';
import { type Json, sameJson } from '../base/json.ts';
import { createId } from '../base/random.ts';
import { stateAtDispatch } from '../policy/ask-policy.ts';
import type { Runtime } from '../runtime.ts';
import { findTasks } from '../state/find-tasks.ts';
import type { AsyncToolDefinition } from '../task/async-tool-definition.ts';
import { neverDispatched, type TaskRecord } from '../task/task.ts';
import type { DispatchCall } from './dispatch-call.ts';
import { DispatchError } from './dispatch-error.ts';
import { idempotencyKey, ownKey } from './idempotency-key.ts';

const longestKey = 200;

/** A call that is to have its task. */
export interface Recording {
  readonly runtime: Runtime;
  readonly definition: AsyncToolDefinition;
  readonly call: DispatchCall;
  readonly args: Json;
}

/**
 * Stores the task of a call, or finds the one that an earlier run stored under its key.
 *
 * @throws {DispatchError} if the call is refused: nothing is stored then.
 */
export async function recordDispatch(recording: Recording): Promise<{ task: TaskRecord; created: boolean }> {
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

/** The first attempt has the key itself, see {@link recordDispatch}. */
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
