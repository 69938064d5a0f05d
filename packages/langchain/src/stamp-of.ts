import type { AIMessage, BaseMessage, ToolCall } from '@langchain/core/messages';
import { canonicalJson, type Json } from '@latecall/core';
import { modelCargoOf, type Stamp, stampOn } from './carrier.ts';

/**
 * Which turn made a call. It rides on the call; where somebody made the call anew, as when a person edits it, the message
 * that holds it knows. A call that was not made through Latecall counts as a turn of its own.
 */
export function stampOf(call: ToolCall & { id: string }, messages: readonly BaseMessage[]): Stamp {
  const own = stampOn(call);
  if (own !== undefined) return own;
  const holder = messages.findLast((message): message is AIMessage =>
    callsOf(message).some(({ id }) => id === call.id),
  );
  if (holder === undefined) return { turn: `call_${call.id}`, occurrence: 0 };
  const { turn } = modelCargoOf(holder);
  const before = callsOf(holder).findIndex(({ id }) => id === call.id);
  const occurrence = callsOf(holder)
    .slice(0, before)
    .filter((other) => isSame(other, call)).length;
  return { turn: typeof turn === 'string' ? turn : `message_${holder.id ?? call.id}`, occurrence };
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
