import type { ModelView } from './model-view.ts';
import type { ModelReply } from './reply.ts';
import type { WireObject } from './wire-value.ts';

/** A call with everything decided: its id and its arguments as the wire carries them. */
type TurnToolCall = {
  readonly callId: string;
  readonly name: string;
  readonly arguments: WireObject;
  /** Its tool is declared async, for a model that has that. */
  readonly async?: true;
};

/** One answer of the model, ready to be written in any of the protocols. */
export type ModelTurn = {
  /** The number of the answer on this server, from 1: the ids on the wire are made of it. */
  readonly number: number;
  readonly model: string;
  /** What the model thinks before it answers; empty if the reply does not say. */
  readonly reasoning: string;
  readonly text: string;
  readonly toolCalls: readonly TurnToolCall[];
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
};

/** Counted as four characters a token: the same body costs the same, and a longer one more. */
function tokens(value: unknown): number {
  return Math.ceil(JSON.stringify(value).length / 4);
}

/** Mints call ids (`call_1`, `call_2`, ...) that neither the history nor an earlier answer has. */
function createCallIds(prefix: string): (view: ModelView, wished: string | undefined) => string {
  const minted = new Set<string>();
  let count = 0;
  return (view, wished) => {
    const sent = new Set(view.messages.flatMap(({ toolCalls }) => toolCalls.map(({ callId }) => callId)));
    let callId = wished;
    while (callId === undefined || (wished === undefined && (minted.has(callId) || sent.has(callId)))) {
      count += 1;
      callId = `${prefix}_${count}`;
    }
    minted.add(callId);
    return callId;
  };
}

/** Makes turns of replies, numbered in the order of the requests. */
export function createTurns(callIdPrefix: string): (reply: ModelReply, view: ModelView) => ModelTurn {
  const callId = createCallIds(callIdPrefix);
  let number = 0;
  return ({ reasoning = '', text = '', toolCalls = [] }, view) => {
    number += 1;
    const asyncTools = new Set(view.tools.flatMap((tool) => (tool.async === true ? [tool.name] : [])));
    const calls = toolCalls.map((call) => ({
      callId: callId(view, call.callId),
      name: call.name,
      arguments: call.arguments,
      ...(asyncTools.has(call.name) && { async: true as const }),
    }));
    return {
      number,
      model: view.model,
      reasoning,
      text,
      toolCalls: calls,
      usage: { inputTokens: tokens(view.body), outputTokens: tokens([reasoning, text, calls]) },
    };
  };
}

/** Cuts a text into at most `count` deltas, never through a character. */
export function deltas(text: string, count = 3): readonly string[] {
  const characters = [...text];
  const size = Math.max(1, Math.ceil(characters.length / count));
  return Array.from({ length: Math.ceil(characters.length / size) }, (_, index) =>
    characters.slice(index * size, (index + 1) * size).join(''),
  );
}
