import { LatecallError, type NewTask, scopeKey, threadKey } from '@latecall/core';
import type { SqlValue } from '../sql/sql-executor.ts';

/** An entry of an index holds 2,704 bytes with its headers. */
const longestKey = 2_600;

/** `true` for text that a TEXT column cannot hold. JSON text escapes both, so that only names can be such. */
export function isUnstorable(value: SqlValue): boolean {
  return typeof value === 'string' && (value.includes('\0') || /\p{Surrogate}/u.test(value));
}

/** A number as BIGINT takes it: times may have a fraction, and "never" may be infinite. */
export function toParameter(value: SqlValue): SqlValue {
  if (typeof value !== 'number') return value;
  return Math.trunc(Math.min(Math.max(value, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER));
}

/**
 * Refuses a name that could not be found again.
 *
 * @param name What it is, for the message.
 * @throws {LatecallError} with code `invalid_id`.
 */
export function checkName(name: string, value: string): void {
  if (!isUnstorable(value)) return;
  throw new LatecallError({
    code: 'invalid_id',
    message: `The ${name} ${JSON.stringify(value)} holds U+0000 or half of a surrogate pair, which PostgreSQL cannot store. Make it of other characters.`,
  });
}

/**
 * Refuses a task whose names PostgreSQL cannot store or index, whatever it could compress.
 *
 * @throws {LatecallError} with code `invalid_id` or `id_too_long`.
 */
export function checkNames(task: NewTask): void {
  const { scope, id, handle, idempotencyKey } = task;
  for (const [name, value] of Object.entries({ id, handle, idempotencyKey })) checkName(name, value);
  for (const [names, key] of [
    ['scope and id', scopeKey(scope) + id],
    ['scope and idempotencyKey', scopeKey(scope) + idempotencyKey],
    ['thread and handle', threadKey(scope) + handle],
  ] as const) {
    const bytes = Buffer.byteLength(key);
    if (bytes > longestKey) {
      throw new LatecallError({
        code: 'id_too_long',
        message: `The ${names} of task "${id.slice(0, 100)}" have ${bytes} bytes together, but an index of PostgreSQL takes ${longestKey}. Use shorter ids, for example a hash.`,
      });
    }
  }
}
