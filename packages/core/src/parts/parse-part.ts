import { isJson, type Json, NotJsonError, toJson } from '../base/json.ts';
import { LatecallError } from '../base/latecall-error.ts';

/** Thrown when untrusted JSON is not the part that it claims to be. */
export class InvalidPartError extends LatecallError {
  /** The field that is missing or wrong, for example `functionCall.name`. */
  readonly field: string;
  constructor({ type, field, message }: { type: string; field: string; message: string }) {
    super({ code: 'invalid_part', message: `Not a valid ${type}: ${message}` });
    this.field = field;
  }
}

/** The error for one wrong field. */
export function invalidPart(problem: {
  type: string;
  field: string;
  expected: string;
  found: unknown;
}): InvalidPartError {
  const { type, field, expected, found } = problem;
  return new InvalidPartError({ type, field, message: `"${field}" must be ${expected}, got ${shown(found)}.` });
}

/** A part whose `type` and version were checked; its other fields were not. */
export type UncheckedPart = { readonly type: string } & { readonly [field: string]: unknown };

/** `true` if the value says that it is such a part: what most are not is found out without an error. */
export function saysItIs(value: unknown, type: string): boolean {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === type;
}

/** Checks `type` and `v`, the two fields that every part has. */
export function readFields({ value, type }: { value: unknown; type: string }): UncheckedPart {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidPartError({ type, field: 'type', message: `expected an object, got ${shown(value)}.` });
  }
  const part = value as Record<string, unknown>;
  if (part.type !== type) throw invalidPart({ type, field: 'type', expected: `"${type}"`, found: part.type });
  if (part.v !== 1) throw invalidPart({ type, field: 'v', expected: '1', found: part.v });
  return { ...part, type };
}

/** A non-empty string field. */
export function requireString(part: UncheckedPart, field: string): string {
  const value = part[field];
  if (typeof value === 'string' && value !== '') return value;
  throw invalidPart({ type: part.type, field, expected: 'a non-empty string', found: value });
}

const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** A field with a time in ISO 8601. */
export function requireTime(part: UncheckedPart, field: string): string {
  const value = part[field];
  if (typeof value === 'string' && isoTime.test(value) && !Number.isNaN(Date.parse(value))) return value;
  throw invalidPart({ type: part.type, field, expected: 'a time in ISO 8601', found: value });
}

/** A field that must be JSON. `value` is given where the field sits deeper. */
export function requireJson(part: UncheckedPart, field: string, value: unknown = part[field]): Json {
  try {
    return toJson(value, field);
  } catch (error) {
    if (!NotJsonError.isInstance(error)) throw error;
    throw new InvalidPartError({ type: part.type, field, message: error.message });
  }
}

/** What a message quotes of a wrong value: never more than 80 characters. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  return (isJson(value) ? JSON.stringify(value) : `a ${typeof value} that is not JSON`).slice(0, 80);
}
