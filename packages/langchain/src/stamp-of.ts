import type { AIMessage, BaseMessage, ToolCall } from '@langchain/core/messages';
import { canonicalJson, type Json, LatecallError, unstampedTurn } from '@latecall/core';
import { modelCargoOf, type Stamp, stampOn } from './carrier.ts';

/**
 * Which turn made a call. It rides on the call; where somebody made the call anew, as when a person edits it, the message
 * that holds it knows. A call in a loop of the app's own that knows nothing counts as a turn of its own.
 *
 * @throws {LatecallError} `not_projected` if a message holds the call that was not written through Latecall.
 */
export function stampOf(call: ToolCall & { id: string }, messages: readonly BaseMessage[]): Stamp {
  const own = stampOn(call);
  if (own !== undefined) return own;
  const holder = messages.findLast((message): message is AIMessage =>
    callsOf(message).some(({ id }) => id === call.id),
  );
  if (holder === undefined) return { turn: unstampedTurn(call.id, 0), occurrence: 0 };
  const { turn } = modelCargoOf(holder);
  if (typeof turn !== 'string') throw notProjected(call);
  const before = callsOf(holder).findIndex(({ id }) => id === call.id);
  const equal = callsOf(holder)
    .slice(0, before)
    .filter((other) => isSame(other, call));
  return { turn, occurrence: equal.length };
}

/** Nobody would ever bring the result of such a call into that conversation. */
function notProjected({ name }: ToolCall): LatecallError {
  return new LatecallError({
    code: 'not_projected',
    message: `"${name}" was not started: the model was called without Latecall, so its result could never come back. Give the agent that calls it the middleware of wrap({ tools }) too, each subagent its own, or call the model through project().`,
  });
}

/** The calls of a message. */
export function callsOf(message: BaseMessage): readonly ToolCall[] {
  return (message.type === 'ai' ? (message as AIMessage).tool_calls : undefined) ?? [];
}

/** The same tool with the same arguments. */
export function isSame(one: ToolCall, other: ToolCall): boolean {
  return one.name === other.name && normal(one.args) === normal(other.args);
}

function normal(args: unknown): string {
  return canonicalJson(args as Json); // a model's arguments were parsed from JSON
}
