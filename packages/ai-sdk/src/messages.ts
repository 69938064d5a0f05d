import {
  type AsyncFunctionRequest,
  type AsyncFunctionResponse,
  isAsyncFunctionRequest,
  isAsyncFunctionResponse,
  isTaskQuery,
  type Json,
  type Outcome,
  parseConsumption,
  tell,
} from '@latecall/core';
import type { ModelMessage, ToolSet } from 'ai';
import type { AsyncTool } from './async-tool.ts';
import { cargoOf, LATECALL, RESPONSE_KIND } from './carrier.ts';
import type { ToolMessage, ToolOutput } from './host-types.ts';

/** A request of one of these tools, told apart by `functionCall.name`. */
export type AsyncFunctionRequestOf<TOOLS extends ToolSet> = {
  [NAME in keyof TOOLS & string]: TOOLS[NAME] extends AsyncTool<
    infer INPUT,
    infer _RESULT,
    infer RECEIPT,
    infer _CONTEXT
  >
    ? AsyncFunctionRequest<INPUT, RECEIPT> & { readonly functionCall: { readonly name: NAME } }
    : never;
}[keyof TOOLS & string];

/** What became of one call of one of these tools, told apart by `toolName`. */
export type AsyncFunctionOutcomeOf<TOOLS extends ToolSet> = {
  [NAME in keyof TOOLS & string]: TOOLS[NAME] extends AsyncTool<
    infer _INPUT,
    infer RESULT,
    infer _RECEIPT,
    infer _CONTEXT
  >
    ? { readonly id: string; readonly toolName: NAME; readonly outcome: Outcome<RESULT> }
    : never;
}[keyof TOOLS & string];

/**
 * The requests in the messages that nothing in the messages answers, oldest first: earlier ones stay in until they are
 * answered. Not the questions of a model about its own calls (`taskQuery`), which nobody has to answer.
 *
 * @param tools Only for their types: what the requests are inferred from.
 */
export function asyncFunctionRequests<TOOLS extends ToolSet = ToolSet>(
  messages: readonly ModelMessage[],
  _tools?: TOOLS,
): (string extends keyof TOOLS ? AsyncFunctionRequest<Json, Json> : AsyncFunctionRequestOf<TOOLS>)[] {
  const open = new Map<string, AsyncFunctionRequest<Json, Json>>();
  const answered = new Set<string>();
  for (const part of partsOf(messages)) {
    const { request, response, consumption } = cargoOf(part);
    if (isAsyncFunctionRequest(request)) open.set(request.id, request);
    if (isAsyncFunctionResponse(response)) answered.add(response.id);
    const consumed = readConsumption(consumption);
    if (consumed !== undefined) answered.add(consumed.response.id);
  }
  for (const id of answered) open.delete(id); // a later call may have joined what was answered before
  // Each carries the name and the arguments of one of the tools; the types only tell which.
  return [...open.values()].filter((request) => !isTaskQuery(request)) as never;
}

/**
 * The outcomes that models were told in these messages, in the order in which they were told.
 *
 * @param tools Only for their types: what the results are inferred from.
 */
export function asyncFunctionOutcomes<TOOLS extends ToolSet = ToolSet>(
  messages: readonly ModelMessage[],
  _tools?: TOOLS,
): (string extends keyof TOOLS
  ? { readonly id: string; readonly toolName: string; readonly outcome: Outcome }
  : AsyncFunctionOutcomeOf<TOOLS>)[] {
  const told = partsOf(messages).flatMap((part) => {
    const consumption = readConsumption(cargoOf(part).consumption);
    if (part.type !== 'custom' || part.kind !== RESPONSE_KIND || consumption === undefined) return [];
    const { id, functionCall, outcome } = consumption.response;
    return [{ id, toolName: functionCall.name, outcome }];
  });
  // Completed outcomes were checked by the tool's own resultSchema before they were stored.
  return told as never;
}

/** The handles that the messages have used up. */
export function handlesIn(messages: readonly ModelMessage[]): Set<string> {
  const requests = partsOf(messages).map((part) => cargoOf(part).request);
  return new Set(requests.filter(isAsyncFunctionRequest).map(({ handle }) => handle));
}

/** The tool message that carries responses into the app's history. They must be signed: see `Latecall`. */
export function responseMessage(responses: readonly AsyncFunctionResponse[]): ToolMessage {
  return {
    role: 'tool',
    content: responses.map((response) => ({
      type: 'tool-result',
      toolCallId: response.functionCall.callId,
      toolName: response.functionCall.name,
      output: outputOf(response),
      providerOptions: { [LATECALL]: { response: { ...response } as never } }, // plain JSON, see createAsyncFunctionResponse
    })),
  };
}

function outputOf({ outcome }: AsyncFunctionResponse): ToolOutput {
  const telling = tell({ outcome: outcome as Outcome });
  return telling.kind === 'error'
    ? { type: 'error-text', value: telling.text }
    : { type: 'json', value: telling.value as never };
}

function partsOf(messages: readonly ModelMessage[]) {
  return messages.flatMap((message): { type: string; kind?: string }[] =>
    message.role === 'system' || typeof message.content === 'string' ? [] : message.content,
  );
}

function readConsumption(value: unknown) {
  try {
    return value === undefined ? undefined : parseConsumption(value);
  } catch {
    return undefined;
  }
}
