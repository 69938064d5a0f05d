import type { ModelMessage } from 'ai';
import { cargoOf } from './carrier.ts';
import type { Stamp } from './stamps.ts';

/**
 * The stamp of a call that is executed in a later run than the one in which it was made, as after an approval. A call
 * that was not made through our middleware counts as a turn of its own.
 */
export function stampOf({ messages, toolCallId }: { messages: readonly ModelMessage[]; toolCallId: string }): Stamp {
  for (const message of messages.toReversed()) {
    if (message.role !== 'assistant' || typeof message.content === 'string') continue;
    const call = message.content.find((part) => part.type === 'tool-call' && part.toolCallId === toolCallId);
    if (call === undefined) continue;
    const { turn, occurrence } = cargoOf(call);
    if (typeof turn === 'string' && typeof occurrence === 'number') return { turn, occurrence };
  }
  return { turn: `call_${toolCallId}`, occurrence: 0 };
}
