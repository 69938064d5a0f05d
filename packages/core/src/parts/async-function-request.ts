import type { Json } from '../base/json.ts';
import { invalidPart, readFields, requireJson, requireString, requireTime, saysItIs } from './parse-part.ts';

/**
 * Says that a tool call was dispatched and that its result is still to come. Never the result itself: what the inner
 * function returned is `dispatchResult`, a receipt.
 *
 * Modelled on `AsyncFunctionRequestContent` of dotnet/extensions#7344. Plain JSON; times are ISO 8601 in UTC.
 */
export interface AsyncFunctionRequest<INPUT = unknown, RECEIPT = unknown> {
  readonly type: 'async-function-request';
  readonly v: 1;
  /** Unguessable; what a response must name. Not for models: they see `handle`. */
  readonly id: string;
  /** Short, readable, unique in its conversation, for example `render_video_k3f9`. */
  readonly handle: string;
  readonly functionCall: { readonly callId: string; readonly name: string; readonly arguments: INPUT };
  /** The receipt: whatever `dispatch` returned, `null` if nothing. */
  readonly dispatchResult: RECEIPT;
  readonly dispatchedAt: string;
  /** After this time no result is accepted any more. */
  readonly deadlineAt?: string;
  /** HMAC over the whole part and its scope: proves to a process without a store that Latecall wrote it (law 14). */
  readonly signature?: string;
}

/** `true` if the value has the shape of a request. It does not prove that Latecall made it: see law 14. */
export function isAsyncFunctionRequest(value: unknown): value is AsyncFunctionRequest<Json, Json> {
  if (!saysItIs(value, 'async-function-request')) return false;
  try {
    parseAsyncFunctionRequest(value);
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads a request from untrusted JSON and keeps its known fields only.
 *
 * @throws {InvalidPartError} naming the first field that is missing or of the wrong kind.
 */
export function parseAsyncFunctionRequest(value: unknown): AsyncFunctionRequest<Json, Json> {
  const part = readFields({ value, type: 'async-function-request' });
  const call = part.functionCall;
  if (typeof call !== 'object' || call === null) {
    throw invalidPart({ type: part.type, field: 'functionCall', expected: 'an object', found: call });
  }
  const { callId, name, arguments: args } = call as Record<string, unknown>;
  return {
    type: 'async-function-request',
    v: 1,
    id: requireString(part, 'id'),
    handle: requireString(part, 'handle'),
    functionCall: {
      callId: requireString({ ...part, 'functionCall.callId': callId }, 'functionCall.callId'),
      name: requireString({ ...part, 'functionCall.name': name }, 'functionCall.name'),
      arguments: requireJson(part, 'functionCall.arguments', args),
    },
    dispatchResult: requireJson(part, 'dispatchResult'),
    dispatchedAt: requireTime(part, 'dispatchedAt'),
    ...(part.deadlineAt === undefined ? {} : { deadlineAt: requireTime(part, 'deadlineAt') }),
    ...(part.signature === undefined ? {} : { signature: requireString(part, 'signature') }),
  };
}
