import type { Verdict } from '@latecall/core';
import type { Connect } from './connection.ts';

/** What became of a cancellation or an answer. */
export interface CommandVerdict {
  /** `accepted`; `duplicate`: the same again; others: it came too late, or is not valid. */
  readonly verdict: Verdict;
  /** A sentence that says so. */
  readonly message: string;
}

/**
 * Sends a command of the user to the tasks route.
 *
 * @throws {Error} if the server could not be reached, or did not look at the task.
 */
export async function sendCommand(
  connect: Connect,
  method: 'POST' | 'DELETE',
  command: Readonly<Record<string, unknown>>,
): Promise<CommandVerdict> {
  const response = await connect('/tasks', {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(command),
  });
  const answered = (await response.json().catch(() => ({}))) as Partial<CommandVerdict>; // our own route
  const { verdict, message = `The server answered ${response.status}.` } = answered;
  if (verdict === undefined) throw new Error(message);
  return { verdict, message };
}
