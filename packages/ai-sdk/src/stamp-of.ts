import { unstampedTurn } from '@latecall/core';
import type { ModelMessage } from 'ai';
import { cargoOf } from './carrier.ts';
import type { Stamp } from './stamps.ts';

/**
 * The stamp of a call that is executed in a later run than the one in which it was made, as after an approval. A call
 * that was not made through our middleware, or whose stamp a UI has dropped, counts as a turn of its own: another one
 * than that of earlier calls with the same id, since some providers use ids again.
 */
export function stampOf({ messages, toolCallId }: { messages: readonly ModelMessage[]; toolCallId: string }): Stamp {
  const calls = messages.flatMap((message) =>
    message.role === 'assistant' && typeof message.content !== 'string'
      ? message.content.filter((part) => part.type === 'tool-call' && part.toolCallId === toolCallId)
      : [],
  );
  const { turn, occurrence } = cargoOf(calls.at(-1) ?? {});
  if (typeof turn === 'string' && typeof occurrence === 'number') return { turn, occurrence };
  return { turn: unstampedTurn(toolCallId, Math.max(calls.length - 1, 0)), occurrence: 0 };
}
