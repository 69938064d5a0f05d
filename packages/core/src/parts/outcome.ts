import type { Json } from '../base/json.ts';

/** Why a task failed. `code` is a stable word, for example `expired` or `dispatch_failed`. */
export type TaskError = { readonly message: string; readonly code?: string };

/** What became of a dispatched call: the part of a response that a model is told. */
export type Outcome<RESULT = Json> =
  | { readonly status: 'completed'; readonly result: RESULT }
  | { readonly status: 'failed'; readonly error: TaskError }
  | {
      readonly status: 'expired';
      readonly reason?: string;
      /** The tool accepts a late result: if it comes, the model is told that too. */
      readonly resultMayCome?: true;
    }
  | { readonly status: 'cancelled' | 'withheld'; readonly reason?: string };

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

/** The code of a task that failed because its deadline passed, and whose result is welcome all the same. */
const OVERDUE = 'overdue';

/** The code of a task whose result came and was refused by the policy: it is in quarantine. */
const WITHHELD = 'withheld';

const expiryMessages = {
  refuse: 'The deadline passed before a result came.',
  accept: 'The deadline passed before a result came. It may still come.',
} as const;

const withheldMessage = 'The policy does not permit this result.';

/** The settlement of a task whose deadline passed without a result. */
export function expiry({ lateResult }: { readonly lateResult?: 'accept' } = {}): Settlement {
  return lateResult === 'accept'
    ? { status: 'failed', error: { code: OVERDUE, message: expiryMessages.accept } }
    : { status: 'failed', error: { code: EXPIRED, message: expiryMessages.refuse } };
}

/**
 * The settlement of a task whose result the policy has refused on arrival.
 *
 * @param reason What the model is told of it.
 */
export function withholding(reason: string = withheldMessage): Settlement {
  return { status: 'failed', error: { code: WITHHELD, message: reason } };
}

/** How a stored settlement is told in a response: what failed for a reason of its own gets its own word. */
export function toOutcome(settlement: Settlement): Outcome {
  if (settlement.status !== 'failed') return settlement;
  const { code, message } = settlement.error;
  switch (code) {
    case EXPIRED:
      return { status: 'expired', reason: message };
    case OVERDUE:
      return { status: 'expired', reason: message, resultMayCome: true };
    case WITHHELD:
      return message === withheldMessage ? { status: 'withheld' } : { status: 'withheld', reason: message };
    default:
      return settlement;
  }
}

/** How the outcome of a response is stored; `undefined` for `withheld`, which nobody may bring. */
export function toSettlement(outcome: Outcome): Settlement | undefined {
  switch (outcome.status) {
    case 'completed':
      return outcome;
    case 'failed':
      return outcome.error.code === WITHHELD ? undefined : outcome;
    case 'cancelled':
      return { status: 'cancelled', ...(outcome.reason === undefined ? {} : { reason: outcome.reason }) };
    case 'expired':
      return outcome.resultMayCome === true
        ? { status: 'failed', error: { code: OVERDUE, message: outcome.reason ?? expiryMessages.accept } }
        : { status: 'failed', error: { code: EXPIRED, message: outcome.reason ?? expiryMessages.refuse } };
    case 'withheld':
      return undefined;
    default:
      return outcome satisfies never;
  }
}
