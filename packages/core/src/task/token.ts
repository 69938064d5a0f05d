import { sha256 } from '../base/bytes.ts';
import type { Runtime } from '../runtime.ts';
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

/** The task, if the token is one of its own; a wrong token is reported. */
export async function taskOfToken(
  { store, report }: Runtime,
  { id, token }: { id: string; token: string | undefined },
): Promise<TaskRecord | undefined> {
  const scope = await store.locate(id);
  const task = scope === undefined ? undefined : await store.get({ scope, id });
  if (task === undefined) return undefined;
  if (await tokenFits({ token }, task)) return task;
  await report('task.refused', task, { detail: 'unauthorized' });
  return undefined;
}
