import type { Json } from '../base/json.ts';

/** Why a task failed. `code` is a stable word, for example `expired` or `dispatch_failed`. */
export type TaskError = { readonly message: string; readonly code?: string };

/** What became of a dispatched call: the part of a response that a model is told. */
export type Outcome<RESULT = Json> =
  | { readonly status: 'completed'; readonly result: RESULT }
  | { readonly status: 'failed'; readonly error: TaskError }
  | { readonly status: 'cancelled' | 'expired' | 'withheld'; readonly reason?: string };

/**
 * What somebody may give a task as its end. `withheld` is not among them: only the gate decides that, when the result
 * is consumed; and a task that ran out of time is `failed` with code `expired`, as it is stored.
 */
export type Settlement<RESULT = Json> =
  | { readonly status: 'completed'; readonly result: RESULT }
  | { readonly status: 'failed'; readonly error: TaskError }
  | { readonly status: 'cancelled'; readonly reason?: string };

/** The code of a task that failed because its deadline passed. */
export const EXPIRED = 'expired';

const expiryMessage = 'The deadline passed before a result came.';

/** The settlement of a task whose deadline passed without a result. */
export function expiry(): Settlement {
  return { status: 'failed', error: { code: EXPIRED, message: expiryMessage } };
}

/** How a stored settlement is told in a response: expiry gets its own word. */
export function toOutcome(settlement: Settlement): Outcome {
  if (settlement.status === 'failed' && settlement.error.code === EXPIRED) {
    return { status: 'expired', reason: settlement.error.message };
  }
  return settlement;
}

/** How the outcome of a response is stored; `undefined` for `withheld`, which nobody may bring. */
export function toSettlement(outcome: Outcome): Settlement | undefined {
  switch (outcome.status) {
    case 'completed':
    case 'failed':
      return outcome;
    case 'cancelled':
      return { status: 'cancelled', ...(outcome.reason === undefined ? {} : { reason: outcome.reason }) };
    case 'expired':
      return { status: 'failed', error: { code: EXPIRED, message: outcome.reason ?? expiryMessage } };
    case 'withheld':
      return undefined;
    default:
      return outcome satisfies never;
  }
}
