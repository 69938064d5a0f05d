import { type SettlementVerdict, statusOf } from '@latecall/core';

/** Why a request was not taken: the status it is answered with, and a sentence for its sender. */
export interface Problem {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `true` if reading gave a reason not to go on. */
export function isProblem(value: object): value is Problem {
  return 'status' in value && 'message' in value;
}

// A URL may hold a token: neither caches nor the next page may learn it.
const quiet = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff' };

/** JSON that no cache keeps. */
export function answer(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(body, { status, headers: { ...quiet, ...headers } });
}

export function answerProblem({ status, message, headers }: Problem): Response {
  return answer(status, { message }, headers);
}

/** The same for an id that nobody knows and for a token that does not fit, to the byte. */
export function answerNotFound(): Response {
  return answer(statusOf('unknown'), { verdict: 'unknown', message: 'No such task, or the token is not its own.' });
}

/** Tells the sender what became of its attempt. */
export function answerVerdict({ verdict, id, message }: SettlementVerdict): Response {
  const status = statusOf(verdict);
  return status === statusOf('unknown') ? answerNotFound() : answer(status, { verdict, id, message });
}
