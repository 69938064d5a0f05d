// The models of the stories: they decide from what was sent over the wire, as a real one does.
import type { ModelPolicy, ModelView, ReplyToolCall } from '@latecall/testing';
import { toolResults } from '../read-view.ts';

/** What the last message with tool results tells, word for word. */
export function lastTold(view: ModelView): string {
  const message = view.messages.findLast(({ toolResults: results }) => results.length > 0);
  return (message?.toolResults ?? []).map(({ output }) => asText(output)).join(' / ');
}

/** The two hosts write errors differently. */
function asText(output: unknown): string {
  if (typeof output === 'string') return output;
  if (typeof output === 'object' && output !== null && 'error' in output) return String(output.error);
  return JSON.stringify(output);
}

/** A model that makes these calls, and from then on repeats what it was told last. */
export function callThenRepeat(...toolCalls: ReplyToolCall[]): ModelPolicy {
  return (view) => (toolResults(view).length === 0 ? { toolCalls } : { text: lastTold(view) });
}
