import type { WireObject } from './wire-value.ts';

/** Why a provider refuses a request, in the words of its own error body. */
export type ProviderRefusal = {
  /** The rule that refused, by the name of its function. */
  readonly rule: string;
  /** The HTTP status. */
  readonly status: number;
  /** The provider's error type, such as `invalid_request_error`. */
  readonly type: string;
  readonly message: string;
  /** OpenAI only: the field at fault. */
  readonly param?: string | null;
  /** OpenAI only: the machine-readable code. */
  readonly code?: string | null;
};

/** A refusal before it is known which rule made it. */
export type RefusalDetail = Omit<ProviderRefusal, 'rule'>;

/**
 * One thing a provider refuses, as a pure function over the parsed wire body. Its documentation names where
 * the refusal and its wording are published; "observed wording not verified" marks a message of our own.
 */
export type RefusalRule = (body: WireObject) => RefusalDetail | undefined;

/** The first refusal of the rules, in order. */
export function firstRefusal(rules: readonly RefusalRule[], body: WireObject): ProviderRefusal | undefined {
  for (const rule of rules) {
    const detail = rule(body);
    if (detail !== undefined) {
      return { rule: rule.name, ...detail };
    }
  }
  return undefined;
}
