import type { StreamEvent } from './event-stream.ts';
import { deltas, type ModelTurn } from './model-turn.ts';
import { type WireObject, wireObject } from './wire-value.ts';

const CREATED = 1_750_000_000;

function finishReason({ toolCalls }: ModelTurn): string {
  return toolCalls.length > 0 ? 'tool_calls' : 'stop';
}

function usage({ usage: { inputTokens, outputTokens } }: ModelTurn): WireObject {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  };
}

/** The whole answer in one Chat Completions body. */
export function openaiChatBody(turn: ModelTurn): WireObject {
  const calls = turn.toolCalls.map(({ callId, name, arguments: input }) => ({
    id: callId,
    type: 'function',
    function: { name, arguments: JSON.stringify(input) },
  }));
  const content = turn.text === '' && calls.length > 0 ? null : turn.text;
  return {
    id: `chatcmpl-${turn.number}`,
    object: 'chat.completion',
    created: CREATED,
    model: turn.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content,
          refusal: null,
          annotations: [],
          ...(calls.length > 0 && { tool_calls: calls }),
        },
        logprobs: null,
        finish_reason: finishReason(turn),
      },
    ],
    usage: usage(turn),
    service_tier: 'default',
  };
}

function callDeltas({ toolCalls }: ModelTurn): readonly WireObject[] {
  return toolCalls.flatMap(({ callId, name, arguments: input }, index) => [
    { tool_calls: [{ index, id: callId, type: 'function', function: { name, arguments: '' } }] },
    ...deltas(JSON.stringify(input), 2).map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
  ]);
}

/** The answer as the chunks of a Chat Completions stream. */
export function openaiChatEvents(turn: ModelTurn, body: WireObject): readonly StreamEvent[] {
  const withUsage = wireObject(body.stream_options).include_usage === true;
  const frame = { id: `chatcmpl-${turn.number}`, object: 'chat.completion.chunk', created: CREATED, model: turn.model };
  const chunk = (delta: WireObject, reason: string | null = null): StreamEvent => ({
    data: {
      ...frame,
      choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
      ...(withUsage && { usage: null }),
    },
  });
  const begun = turn.text === '' && turn.toolCalls.length > 0 ? null : '';
  return [
    chunk({ role: 'assistant', content: begun, refusal: null }),
    ...[...deltas(turn.text).map((content) => ({ content })), ...callDeltas(turn)].map((delta) => ({
      ...chunk(delta),
      isPiece: true,
    })),
    chunk({}, finishReason(turn)),
    ...(withUsage ? [{ data: { ...frame, choices: [], usage: usage(turn) } }] : []),
    { data: '[DONE]' },
  ];
}
