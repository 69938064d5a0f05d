import { showsThinking, thinkingMode } from './anthropic-thinking.ts';
import { inputTransformations } from './anthropic-thinking-rules.ts';
import { signThinking, thinkingPrefix } from './anthropic-thinking-signature.ts';
import type { StreamEvent } from './event-stream.ts';
import { deltas, type ModelTurn } from './model-turn.ts';
import type { WireObject } from './wire-value.ts';

function stopReason({ toolCalls }: ModelTurn): string {
  return toolCalls.length > 0 ? 'tool_use' : 'end_turn';
}

/** What the model of this server thinks with manual thinking if its reply does not say. */
const DEFAULT_THOUGHT = 'Let me think.';

/** The signed thought before the answer, where the request has thinking on. */
function thinkingBlocks({ reasoning }: ModelTurn, body: WireObject): readonly WireObject[] {
  const mode = thinkingMode(body);
  const thought = mode === 'manual' ? reasoning || DEFAULT_THOUGHT : reasoning;
  if (mode === 'off' || thought === '') {
    return [];
  }
  const thinking = showsThinking(body) ? thought : '';
  return [{ type: 'thinking', thinking, signature: signThinking(thinking, thinkingPrefix(body)) }];
}

function message(turn: ModelTurn, body: WireObject): WireObject {
  const { inputTokens, outputTokens } = turn.usage;
  const transformations = inputTransformations(body);
  return {
    id: `msg_${turn.number}`,
    type: 'message',
    role: 'assistant',
    model: turn.model,
    content: [
      ...thinkingBlocks(turn, body),
      ...(turn.text === '' ? [] : [{ type: 'text', text: turn.text }]),
      ...turn.toolCalls.map(({ callId, name, arguments: input }) => ({ type: 'tool_use', id: callId, name, input })),
    ],
    stop_reason: stopReason(turn),
    stop_sequence: null,
    ...(transformations !== undefined && { input_transformations: transformations }),
    usage: {
      input_tokens: inputTokens,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: outputTokens,
      service_tier: 'standard',
    },
  };
}

/** The whole answer in one Messages body. */
export function anthropicBody(turn: ModelTurn, body: WireObject): WireObject {
  return message(turn, body);
}

type Block = { readonly start: WireObject; readonly pieces: readonly WireObject[] };

/** A thinking block whose text is not shown has a signature only. */
function streamedThought({ thinking, signature }: WireObject): Block {
  return {
    start: { type: 'thinking', thinking: '', signature: '' },
    pieces: [
      ...deltas(String(thinking)).map((piece) => ({ type: 'thinking_delta', thinking: piece })),
      { type: 'signature_delta', signature },
    ],
  };
}

function blocks(turn: ModelTurn, body: WireObject): readonly Block[] {
  const { text, toolCalls } = turn;
  const textBlock: Block = {
    start: { type: 'text', text: '' },
    pieces: deltas(text).map((piece) => ({ type: 'text_delta', text: piece })),
  };
  const callBlocks = toolCalls.map(({ callId, name, arguments: input }) => ({
    start: { type: 'tool_use', id: callId, name, input: {} },
    pieces: ['', ...deltas(JSON.stringify(input), 2)].map((piece) => ({
      type: 'input_json_delta',
      partial_json: piece,
    })),
  }));
  const thoughts = thinkingBlocks(turn, body).map(streamedThought);
  return [...thoughts, ...(text === '' ? [] : [textBlock]), ...callBlocks];
}

/** The answer as the events of a Messages stream. */
export function anthropicEvents(turn: ModelTurn, body: WireObject): readonly StreamEvent[] {
  const whole = message(turn, body);
  const { inputTokens, outputTokens } = turn.usage;
  const events: readonly (WireObject & { readonly type: string })[] = [
    {
      type: 'message_start',
      message: {
        ...whole,
        content: [],
        stop_reason: null,
        usage: {
          input_tokens: inputTokens,
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: 0,
          output_tokens: 1,
        },
      },
    },
    ...blocks(turn, body).flatMap(({ start, pieces }, index) => [
      { type: 'content_block_start', index, content_block: start },
      ...pieces.map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
    {
      type: 'message_delta',
      delta: { stop_reason: whole.stop_reason, stop_sequence: null },
      usage: { output_tokens: outputTokens },
    },
    { type: 'message_stop' },
  ];
  return events.map((data) => ({ event: data.type, data, isPiece: data.type === 'content_block_delta' }));
}
