import { sha256 } from '../base/bytes.ts';
import { canonicalJson, type Json } from '../base/json.ts';
import { type Scope, scopeKey } from '../base/scope.ts';

/**
 * The id of a model call: made from the scope and the history that it answers, so that a provider's retry, and a re-run
 * of the same history after a crash, are the same turn, and its dispatches can be joined.
 */
export async function turnIdOf(scope: Scope, fingerprint: Json): Promise<string> {
  const digest = await sha256(canonicalJson([scopeKey(scope), fingerprint]));
  return `turn_${digest.slice(0, 22)}`;
}
