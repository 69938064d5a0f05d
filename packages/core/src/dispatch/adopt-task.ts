import type { Json } from '../base/json.ts';
import type { Scope } from '../base/scope.ts';
import type { AsyncFunctionRequest } from '../parts/async-function-request.ts';
import type { Runtime } from '../runtime.ts';
import type { TaskRecord } from '../task/task.ts';

/**
 * Takes a task over from a signed request into a store that does not know it: the way a conversation that lives in its
 * messages goes on in another process.
 */
export async function adoptTask(input: {
  runtime: Runtime;
  scope: Scope;
  request: AsyncFunctionRequest<Json, Json>;
}): Promise<TaskRecord | undefined> {
  const { runtime, scope, request } = input;
  const { id, handle, functionCall, dispatchResult, dispatchedAt, deadlineAt } = request;
  const at = Date.parse(dispatchedAt);
  const outcome = await runtime.store.create({
    id,
    handle,
    scope,
    turn: 'turn_of_another_process',
    toolName: functionCall.name,
    callIds: [functionCall.callId],
    arguments: functionCall.arguments,
    idempotencyKey: `adopted:${id}`,
    tokenHashes: [],
    createdAt: at,
    dispatchedAt: at,
    dispatchResult,
    ...(deadlineAt === undefined ? {} : { deadlineAt: Date.parse(deadlineAt) }),
  });
  return outcome.result === 'handle_taken' ? undefined : outcome.task;
}
