import { LatecallError } from './latecall-error.ts';

/**
 * Whose tasks are meant. `wrap` takes it once per request; every store method takes it. Two tenants never meet, and
 * a result of one branch is never shown in another.
 */
export interface Scope {
  /** The customer or workspace; leave out in an app that has only one. */
  readonly tenant?: string;
  /** The conversation. */
  readonly thread: string;
  /** A branch of the conversation, for apps that let people edit and fork. */
  readonly branch?: string;
}

/** One text per scope, equal exactly for equal scopes. */
export function scopeKey({ tenant, thread, branch }: Scope): string {
  return JSON.stringify([tenant ?? null, thread, branch ?? null]);
}

/** One text per conversation: what a handle is unique in. */
export function threadKey({ tenant, thread }: Scope): string {
  return JSON.stringify([tenant ?? null, thread]);
}

/**
 * A copy of the scope with only its own fields.
 *
 * @throws {LatecallError} with code `invalid_scope` if `thread` is missing or empty, or a part is not a string.
 */
export function checkScope(scope: Scope): Scope {
  const { tenant, thread, branch } = scope;
  if (tenant !== undefined) checkPart('tenant', tenant);
  checkPart('thread', thread);
  if (branch !== undefined) checkPart('branch', branch);
  return {
    ...(tenant === undefined ? {} : { tenant }),
    thread,
    ...(branch === undefined ? {} : { branch }),
  };
}

function checkPart(name: keyof Scope, value: unknown): void {
  if (typeof value === 'string' && value !== '') return;
  throw new LatecallError({
    code: 'invalid_scope',
    message: `scope.${name} must be a non-empty string, got ${JSON.stringify(value)}. Give the id of the conversation as scope.thread.`,
  });
}
