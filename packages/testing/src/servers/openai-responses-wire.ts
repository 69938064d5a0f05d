import type { StreamEvent } from './event-stream.ts';
import { deltas, type ModelTurn } from './model-turn.ts';
import { mayStayOpen } from './openai-native-async.ts';
import type { WireObject } from './wire-value.ts';

const CREATED = 1_750_000_000;

/** An item of the answer, whole. */
type OutputItem = WireObject & { readonly id: string };

function textPart(text: string): WireObject {
  return { type: 'output_text', annotations: [], logprobs: [], text };
}

function messageItem({ number, text }: ModelTurn): OutputItem {
  return { id: `msg_${number}`, type: 'message', status: 'completed', role: 'assistant', content: [textPart(text)] };
}

function callItems({ number, toolCalls }: ModelTurn): readonly OutputItem[] {
  return toolCalls.map(({ callId, name, arguments: input, async: isAsync }, index) => ({
    id: `fc_${number}_${index + 1}`,
    type: 'function_call',
    status: 'completed',
    arguments: JSON.stringify(input),
    call_id: callId,
    name,
    ...(isAsync === true && { async: true }),
  }));
}

/**
 * The items of the answer: the text, then the calls. Native async calls come before the text: the model goes on after
 * them (developers.openai.com/api/docs/guides/async-tool-calling).
 */
export function openaiResponsesOutput(turn: ModelTurn): readonly OutputItem[] {
  const calls = callItems(turn);
  return [
    ...calls.filter(mayStayOpen),
    ...(turn.text === '' ? [] : [messageItem(turn)]),
    ...calls.filter((call) => !mayStayOpen(call)),
  ];
}

function response(turn: ModelTurn, body: WireObject, done: boolean): WireObject {
  const { inputTokens, outputTokens } = turn.usage;
  return {
    id: `resp_${turn.number}`,
    object: 'response',
    created_at: CREATED,
    status: done ? 'completed' : 'in_progress',
    error: null,
    incomplete_details: null,
    instructions: body.instructions ?? null,
    model: turn.model,
    output: done ? openaiResponsesOutput(turn) : [],
    parallel_tool_calls: true,
    previous_response_id: body.previous_response_id ?? null,
    store: body.store ?? true,
    tools: body.tools ?? [],
    tool_choice: body.tool_choice ?? 'auto',
    usage: done
      ? {
          input_tokens: inputTokens,
          input_tokens_details: { cached_tokens: 0 },
          output_tokens: outputTokens,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: inputTokens + outputTokens,
        }
      : null,
    metadata: {},
  };
}

/** The whole answer in one Responses body. */
export function openaiResponsesBody(turn: ModelTurn, body: WireObject): WireObject {
  return response(turn, body, true);
}

type Piece = WireObject & { readonly type: string };

function messagePieces(turn: ModelTurn, at: WireObject, item: OutputItem): readonly Piece[] {
  const part = { ...at, item_id: item.id, content_index: 0 };
  return [
    { type: 'response.content_part.added', ...part, part: textPart('') },
    ...deltas(turn.text).map((delta) => ({ type: 'response.output_text.delta', ...part, logprobs: [], delta })),
    { type: 'response.output_text.done', ...part, logprobs: [], text: turn.text },
    { type: 'response.content_part.done', ...part, part: textPart(turn.text) },
  ];
}

function callPieces(at: WireObject, item: OutputItem): readonly Piece[] {
  const call = { ...at, item_id: item.id };
  const input = String(item.arguments);
  return [
    ...deltas(input, 2).map((delta) => ({ type: 'response.function_call_arguments.delta', ...call, delta })),
    { type: 'response.function_call_arguments.done', ...call, name: item.name, arguments: input },
  ];
}

function itemPieces(turn: ModelTurn, item: OutputItem, index: number): readonly Piece[] {
  const at = { output_index: index };
  const isMessage = item.type === 'message';
  const begun = { ...item, status: 'in_progress', ...(isMessage ? { content: [] } : { arguments: '' }) };
  return [
    { type: 'response.output_item.added', ...at, item: begun },
    ...(isMessage ? messagePieces(turn, at, item) : callPieces(at, item)),
    { type: 'response.output_item.done', ...at, item },
  ];
}

/** The answer as the events of a Responses stream. */
export function openaiResponsesEvents(turn: ModelTurn, body: WireObject): readonly StreamEvent[] {
  const begun = response(turn, body, false);
  const pieces: readonly Piece[] = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...openaiResponsesOutput(turn).flatMap((item, index) => itemPieces(turn, item, index)),
    { type: 'response.completed', response: response(turn, body, true) },
  ];
  return pieces.map(({ type, ...rest }, sequence) => ({
    event: type,
    data: { type, sequence_number: sequence, ...rest },
    isPiece: type.endsWith('.delta'),
  }));
}
