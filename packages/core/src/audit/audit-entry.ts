import { sha256 } from '../base/bytes.ts';
import { canonicalJson, toJson } from '../base/json.ts';
import { LatecallError } from '../base/latecall-error.ts';
import type { AuditEvent } from './audit.ts';

/** One line of an audit log: an event, and its place in the chain of the process that wrote it. Plain JSON. */
export interface AuditEntry {
  readonly v: 1;
  /** One chain: one start of one process. */
  readonly writer: string;
  /** Counts the entries of the writer, from 1. */
  readonly sequence: number;
  /** The hash of the writer's entry before this one; of its first entry the writer itself. */
  readonly previous: string;
  readonly event: AuditEvent;
  /** So many events before this one found no room while the log could not be written. @default 0 */
  readonly dropped?: number;
  /** SHA-256 of the canonical JSON of everything else in the entry, base64url. */
  readonly hash: string;
}

/** How far a chain goes. Kept elsewhere, it shows later that the end of the chain was cut off. */
export interface AuditHead {
  readonly writer: string;
  readonly sequence: number;
  readonly hash: string;
}

/** Everything in the entry but `hash` decides its hash, also what nobody knows. */
export function hashOf(entry: Omit<AuditEntry, 'hash'> & { readonly hash?: string }): Promise<string> {
  const { hash: _, ...rest } = entry;
  return sha256(canonicalJson(toJson(rest, 'The audit entry')));
}

/** @throws {LatecallError} with code `invalid_audit_entry` for a line that is no entry. */
export function parseAuditEntry(line: string, where: string): AuditEntry {
  const problem = (what: string, cause?: unknown) =>
    new LatecallError({
      code: 'invalid_audit_entry',
      message: `${where} is no audit entry: ${what}.`,
      ...(cause === undefined ? {} : { cause }),
    });
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw problem('it is not JSON; was its writing broken off?', cause);
  }
  if (!isObject(value)) throw problem('it is not an object');
  if (value.v !== 1) throw problem(`"v" must be 1, but is ${JSON.stringify(value.v)}`);
  for (const name of ['writer', 'previous', 'hash']) {
    if (typeof value[name] !== 'string' || value[name] === '') throw problem(`"${name}" must be a text`);
  }
  if (!isCount(value.sequence, 1)) throw problem('"sequence" must be a whole number from 1');
  if (value.dropped !== undefined && !isCount(value.dropped, 1)) throw problem('"dropped" must be a count');
  if (!isEvent(value.event)) throw problem('"event" must have a type, a time "at", an id and a scope');
  return value as unknown as AuditEntry; // its fields were looked at one by one
}

function isEvent(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { type, at, id, scope } = value;
  const named = typeof type === 'string' && typeof id === 'string' && isObject(scope);
  return named && typeof scope.thread === 'string' && typeof at === 'number';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown, from: number): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= from;
}
