import { type Clock, systemClock, toIso } from '../base/clock.ts';
import { type Json, toJson } from '../base/json.ts';
import type { Scheduling } from '../task/task.ts';
import type { AsyncFunctionRequest } from './async-function-request.ts';
import type { Outcome } from './outcome.ts';
import {
  invalidPart,
  readFields,
  requireJson,
  requireString,
  requireTime,
  saysItIs,
  type UncheckedPart,
} from './parse-part.ts';

/**
 * Brings the outcome of a dispatched call back into the conversation.
 *
 * Modelled on `AsyncFunctionResponseContent` of dotnet/extensions#7344. Plain JSON; times are ISO 8601 in UTC.
 */
export interface AsyncFunctionResponse<RESULT = unknown> {
  readonly type: 'async-function-response';
  readonly v: 1;
  /** The id of the request that this answers. */
  readonly id: string;
  readonly functionCall: { readonly callId: string; readonly name: string };
  readonly settledAt: string;
  readonly outcome: Outcome<RESULT>;
  /** When the result enters; overrides what the tool says. */
  readonly scheduling?: Scheduling;
  /** HMAC over the whole part: proves that it came from the app's server and not from a posted history (law 14). */
  readonly signature?: string;
}

/**
 * Answers a request: completes it with a `result`, or gives any other `outcome`.
 *
 * @param settledAt Milliseconds since the epoch; the clock's time if left out.
 * @throws {NotJsonError} if the result is not JSON.
 */
export function createAsyncFunctionResponse<RESULT>(
  answer: {
    request: Pick<AsyncFunctionRequest, 'id' | 'functionCall'>;
    settledAt?: number;
    scheduling?: Scheduling;
    clock?: Clock;
  } & ({ result: RESULT } | { outcome: Outcome<RESULT> }),
): AsyncFunctionResponse<RESULT> {
  const { request, scheduling, clock = systemClock, settledAt = clock.now() } = answer;
  const outcome: Outcome<RESULT> =
    'outcome' in answer ? answer.outcome : { status: 'completed', result: answer.result };
  const what = `The result for "${request.id}"`;
  const { callId, name } = request.functionCall;
  return {
    type: 'async-function-response',
    v: 1,
    id: request.id,
    functionCall: { callId, name },
    settledAt: toIso(settledAt),
    // Plain JSON from here on; the type stays the caller's.
    outcome: outcome.status === 'completed' ? { ...outcome, result: toJson(outcome.result, what) as RESULT } : outcome,
    ...(scheduling === undefined ? {} : { scheduling }),
  };
}

/** `true` if the value has the shape of a response. It does not prove who made it: see law 14. */
export function isAsyncFunctionResponse(value: unknown): value is AsyncFunctionResponse<Json> {
  if (!saysItIs(value, 'async-function-response')) return false;
  try {
    parseAsyncFunctionResponse(value);
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads a response from untrusted JSON and keeps its known fields only.
 *
 * @throws {InvalidPartError} naming the first field that is missing or of the wrong kind.
 */
export function parseAsyncFunctionResponse(value: unknown): AsyncFunctionResponse<Json> {
  const part = readFields({ value, type: 'async-function-response' });
  const call = part.functionCall;
  if (typeof call !== 'object' || call === null) {
    throw invalidPart({ type: part.type, field: 'functionCall', expected: 'an object', found: call });
  }
  const { callId, name } = call as Record<string, unknown>;
  return {
    type: 'async-function-response',
    v: 1,
    id: requireString(part, 'id'),
    functionCall: {
      callId: requireString({ ...part, 'functionCall.callId': callId }, 'functionCall.callId'),
      name: requireString({ ...part, 'functionCall.name': name }, 'functionCall.name'),
    },
    settledAt: requireTime(part, 'settledAt'),
    outcome: parseOutcome(part.outcome),
    ...(part.scheduling === undefined ? {} : { scheduling: parseScheduling(part) }),
    ...(part.signature === undefined ? {} : { signature: requireString(part, 'signature') }),
  };
}

function parseScheduling({ type, scheduling }: UncheckedPart): Scheduling {
  switch (scheduling) {
    case 'interrupt':
    case 'when-idle':
    case 'silent':
      return scheduling;
    default:
      throw invalidPart({ type, field: 'scheduling', expected: 'interrupt, when-idle or silent', found: scheduling });
  }
}

/**
 * Reads an outcome from untrusted JSON and keeps its known fields only.
 *
 * @throws {InvalidPartError} naming the first field that is missing or of the wrong kind.
 */
export function parseOutcome(outcome: unknown): Outcome {
  const fail = (field: string, expected: string, found: unknown) =>
    invalidPart({ type: 'async-function-response', field, expected, found });
  if (typeof outcome !== 'object' || outcome === null) throw fail('outcome', 'an object', outcome);
  const { status, result, error, reason, resultMayCome } = outcome as Record<string, unknown>;
  switch (status) {
    case 'completed':
      if (!('result' in outcome)) throw fail('outcome.result', 'present in a completed outcome', undefined);
      return { status, result: requireJson({ type: 'async-function-response' }, 'outcome.result', result) };
    case 'failed': {
      const { message, code } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
      if (typeof message !== 'string') throw fail('outcome.error.message', 'a string', message);
      if (code !== undefined && typeof code !== 'string') throw fail('outcome.error.code', 'a string', code);
      return { status, error: code === undefined ? { message } : { message, code } };
    }
    case 'cancelled':
    case 'expired':
    case 'withheld': {
      if (reason !== undefined && typeof reason !== 'string') throw fail('outcome.reason', 'a string', reason);
      const told = reason === undefined ? {} : { reason };
      return status === 'expired' && resultMayCome === true ? { status, ...told, resultMayCome } : { status, ...told };
    }
    default:
      throw fail('outcome.status', 'completed, failed, cancelled, expired or withheld', status);
  }
}
