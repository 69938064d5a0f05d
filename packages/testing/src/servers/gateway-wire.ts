import type { StreamEvent } from './event-stream.ts';
import { deltas, type ModelTurn } from './model-turn.ts';
import type { WireObject } from './wire-value.ts';

const CREATED = '2025-06-15T15:06:40.000Z';

function finish({ toolCalls, usage: { inputTokens, outputTokens } }: ModelTurn): WireObject {
  return {
    finishReason:
      toolCalls.length > 0 ? { unified: 'tool-calls', raw: 'tool_calls' } : { unified: 'stop', raw: 'stop' },
    usage: {
      inputTokens: { total: inputTokens, noCache: inputTokens, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: outputTokens, text: outputTokens, reasoning: 0 },
    },
    providerMetadata: { gateway: {} },
  };
}

function responseMetadata({ number, model }: ModelTurn): WireObject {
  return { id: `gen_${number}`, modelId: model, timestamp: CREATED };
}

function callParts({ toolCalls }: ModelTurn): readonly WireObject[] {
  return toolCalls.map(({ callId, name, arguments: input }) => ({
    type: 'tool-call',
    toolCallId: callId,
    toolName: name,
    input: JSON.stringify(input),
  }));
}

/** The whole answer: the result of `doGenerate` as JSON. */
export function gatewayBody(turn: ModelTurn): WireObject {
  const { reasoning, text } = turn;
  return {
    content: [
      ...(reasoning === '' ? [] : [{ type: 'reasoning', text: reasoning }]),
      ...(text === '' ? [] : [{ type: 'text', text }]),
      ...callParts(turn),
    ],
    ...finish(turn),
    response: responseMetadata(turn),
    warnings: [],
  };
}

type Piece = WireObject & { readonly type: string };

function textPieces(type: 'text' | 'reasoning', text: string): readonly Piece[] {
  const id = `${type}-0`;
  return text === ''
    ? []
    : [
        { type: `${type}-start`, id },
        ...deltas(text).map((delta) => ({ type: `${type}-delta`, id, delta })),
        { type: `${type}-end`, id },
      ];
}

function callPieces(call: WireObject): readonly Piece[] {
  const { toolCallId: id, toolName } = call;
  return [
    { type: 'tool-input-start', id, toolName },
    ...deltas(String(call.input), 2).map((delta) => ({ type: 'tool-input-delta', id, delta })),
    { type: 'tool-input-end', id },
    { ...call, type: 'tool-call' },
  ];
}

/** The answer as stream parts, one an event: the stream of `doStream` as JSON. */
export function gatewayEvents(turn: ModelTurn): readonly StreamEvent[] {
  const parts: readonly Piece[] = [
    { type: 'stream-start', warnings: [] },
    { type: 'response-metadata', ...responseMetadata(turn) },
    ...textPieces('reasoning', turn.reasoning),
    ...textPieces('text', turn.text),
    ...callParts(turn).flatMap(callPieces),
    { type: 'finish', ...finish(turn) },
  ];
  return parts.map((data) => ({ data, isPiece: data.type.endsWith('-delta') }));
}
