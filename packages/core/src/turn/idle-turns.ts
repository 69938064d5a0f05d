import type { Transcript } from './transcript.ts';

/**
 * Whether a model is asked again that would read nothing new but that its calls are pending, all of them in mode
 * `continue`. `once`: until it has answered, without a call, what the user said last; after that the run ends, and
 * whatever lands next brings the next turn. `always`: each time, so that it may go on with other work. `never`: the run
 * ends after such a step, and does not wait for all of its calls.
 */
export type IdleTurns = 'once' | 'always' | 'never';

/** Would a step of nothing but pending calls bring this model another turn? */
export function asksWhilePending(transcript: Transcript, idleTurns: IdleTurns = 'once'): boolean {
  return idleTurns === 'always' || (idleTurns === 'once' && !hasAnswered(transcript));
}

/** The model has said its word since the user's last one. */
function hasAnswered({ messages }: Transcript): boolean {
  const asked = messages.findLastIndex(({ role }) => role === 'user');
  return messages.slice(asked + 1).some(({ role, calls }) => role === 'assistant' && calls.length === 0);
}
