import { sha256 } from '../base/bytes.ts';
import { canonicalJson, type Json } from '../base/json.ts';
import type { Scope } from '../base/scope.ts';

/** What makes a dispatch the one that it is. */
export interface DispatchIdentity {
  readonly scope: Scope;
  readonly turn: string;
  readonly toolName: string;
  readonly arguments: Json;
  /** 0 for the first of several equal calls of one turn, 1 for the second, … */
  readonly occurrence: number;
}

/**
 * The key of a dispatch. A re-run of the same turn gets the same key although the model made up new call ids; two equal
 * calls of one turn get different keys.
 */
export async function idempotencyKey(identity: DispatchIdentity): Promise<string> {
  const { scope, turn, toolName, arguments: args, occurrence } = identity;
  const { tenant = null, thread } = scope;
  return `key_${await sha256(canonicalJson([tenant, thread, turn, toolName, args, occurrence]))}`;
}

/** The key of a dispatch that the app names itself: one dispatch in a conversation, in whatever turn. */
export async function ownKey(named: { scope: Scope; toolName: string; key: string }): Promise<string> {
  const { scope, toolName, key } = named;
  const { tenant = null, thread } = scope;
  return `key_${await sha256(canonicalJson([tenant, thread, 'own', toolName, key]))}`;
}
