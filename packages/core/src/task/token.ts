import { sha256 } from '../base/bytes.ts';
import type { TaskRecord } from './task.ts';

/**
 * `true` if no token was asked for (no key `token`), or if it is one of the task's. Digests are compared: how long that
 * takes tells nothing about the token.
 */
export async function tokenFits(attempt: { readonly token?: string | undefined }, task: TaskRecord): Promise<boolean> {
  if (!('token' in attempt)) return true;
  const { token } = attempt;
  return token !== undefined && task.tokenHashes.includes(await sha256(token));
}
