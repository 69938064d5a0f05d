import { LatecallError } from './latecall-error.ts';

/** A value that survives `JSON.parse(JSON.stringify(value))` unchanged. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** Thrown when a value that must cross a border as JSON is not JSON (law 9). */
export class NotJsonError extends LatecallError {
  /** Where the offending value sits, for example `$.job.startedAt`. */
  readonly path: string;
  constructor({ what, path, found }: { what: string; path: string; found: string }) {
    super({
      code: 'not_json',
      message: `${what} must be plain JSON, but ${path} is ${found}. Convert it to a string, number, boolean, null, array or plain object first.`,
    });
    this.path = path;
  }
}

/**
 * Returns a deep copy of `value` that is plain JSON. Object members that are `undefined` are left out, as
 * `JSON.stringify` does; a lone `undefined` becomes `null`.
 *
 * @param what Names the value in the error, for example `The dispatch result of "render_video_k3f9"`.
 * @throws {NotJsonError} for BigInt, functions, symbols, non-finite numbers, cycles and class instances such as Date.
 */
export function toJson(value: unknown, what: string): Json {
  return copy({ value, what, path: '$', ancestors: [] });
}

/** `true` if {@link toJson} accepts the value. */
export function isJson(value: unknown): value is Json {
  try {
    toJson(value, 'The value');
    return true;
  } catch {
    return false;
  }
}

/** A copy of what is plain JSON already, that shares nothing with it. Many times cheaper than `structuredClone`. */
export function copyOf<VALUE>(value: VALUE): VALUE {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as VALUE;
  const copied = { ...value }; // first, so that a member called `__proto__` is one of the copy too
  for (const key of Object.keys(copied) as (keyof VALUE)[]) copied[key] = copyOf(copied[key]);
  return copied;
}

interface Visit {
  readonly value: unknown;
  readonly what: string;
  readonly path: string;
  readonly ancestors: readonly object[];
}

function copy({ value, what, path, ancestors }: Visit): Json {
  const refuse = (found: string) => new NotJsonError({ what, path, found });
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'undefined':
      return null;
    case 'number':
      if (!Number.isFinite(value)) throw refuse(`the number ${value}`);
      return value + 0; // JSON text has no -0
    case 'object':
      return value === null ? null : copyObject({ value, what, path, ancestors }, refuse);
    default:
      throw refuse(`a ${typeof value}`);
  }
}

function copyObject(visit: Visit & { value: object }, refuse: (found: string) => NotJsonError): Json {
  const { value, what, path, ancestors } = visit;
  if (ancestors.includes(value)) throw refuse('a cycle');
  const deeper = [...ancestors, value];
  if (Array.isArray(value)) {
    // Array.from, for a hole is null in JSON.
    return Array.from(value, (item: unknown, index) =>
      copy({ value: item, what, path: `${path}[${index}]`, ancestors: deeper }),
    );
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  // A plain object's prototype ends the chain, in whatever realm it was made.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw refuse(`an instance of ${value.constructor?.name ?? 'a class'}`);
  }
  const entries = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => [key, copy({ value: member, what, path: `${path}.${key}`, ancestors: deeper })]);
  return Object.fromEntries(entries) as { [key: string]: Json };
}

/**
 * Serialises JSON with sorted object keys, so that equal values give equal text whatever order their keys were
 * written in; members that are `undefined` are left out. The basis of idempotency keys, signatures and the comparison of outcomes.
 */
export function canonicalJson(value: Json): string {
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter((member): member is [string, Json] => member[1] !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}

/** How many bytes of UTF-8 a value has as JSON text. */
export function bytesOf(value: Json): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** `true` if two JSON values are equal, whatever the order of their keys. */
export function sameJson(a: Json, b: Json): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

// Array.isArray does not narrow readonly arrays.
function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
