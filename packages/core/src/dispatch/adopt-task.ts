import type { Json } from '../base/json.ts';
import { LatecallError } from '../base/latecall-error.ts';
import type { Scope } from '../base/scope.ts';
import type { AsyncFunctionRequest } from '../parts/async-function-request.ts';
import type { Runtime } from '../runtime.ts';
import { findTasks } from '../state/find-tasks.ts';
import type { AsyncToolDefinition } from '../task/async-tool-definition.ts';
import type { TaskRecord } from '../task/task.ts';
import { ownKey } from './idempotency-key.ts';

interface Adoption {
  readonly runtime: Runtime;
  readonly scope: Scope;
  readonly request: AsyncFunctionRequest<Json, Json>;
  /** The tool that made the call, if it is still there: says what a request does not carry. */
  readonly definition: AsyncToolDefinition | undefined;
}

/**
 * Takes a task over from a signed request into a store that does not know it: the way a conversation that lives in its
 * messages goes on in another process.
 */
export async function adoptTask(adoption: Adoption): Promise<TaskRecord | undefined> {
  const { runtime, scope, request, definition } = adoption;
  const { id, handle, functionCall, dispatchResult, dispatchedAt, deadlineAt } = request;
  const { callId, name: toolName } = functionCall;
  const at = Date.parse(dispatchedAt);
  const key = definition?.idempotencyKey?.(functionCall.arguments);
  const dependsOn = await dependenciesOf(adoption);
  const outcome = await runtime.store.create({
    id,
    handle,
    scope,
    turn: 'turn_of_another_process',
    toolName,
    callIds: [callId],
    arguments: functionCall.arguments,
    idempotencyKey: key === undefined ? `adopted:${id}` : await ownKey({ scope, toolName, key }),
    tokenHashes: [],
    createdAt: at,
    dispatchedAt: at,
    dispatchResult,
    ...(deadlineAt === undefined ? {} : { deadlineAt: Date.parse(deadlineAt) }),
    ...(definition?.lateResult === 'accept' ? { lateResult: 'accept' } : {}),
    ...(dependsOn.length === 0 ? {} : { dependsOn }),
  });
  if (outcome.result === 'handle_taken') return undefined;
  const { task } = outcome;
  return task.callIds.includes(callId) ? task : runtime.store.update(task, { callId }); // a call that joined it
}

/** Those that the conversation still waits for: what was told is not in the store, and holds nobody up. */
async function dependenciesOf({ runtime, scope, request, definition }: Adoption): Promise<string[]> {
  const names = definition?.dependsOn?.(request.functionCall.arguments) ?? [];
  const found = names.map(async (name) => {
    try {
      return await findTasks(runtime.store, scope, [name]);
    } catch (error) {
      if (LatecallError.isInstance(error, 'unknown_handle')) return [];
      throw error;
    }
  });
  return (await Promise.all(found)).flat().map(({ id }) => id);
}
