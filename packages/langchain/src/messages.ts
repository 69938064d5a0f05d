import { type BaseMessage, ToolMessage } from '@langchain/core/messages';
import {
  type AsyncFunctionRequest,
  type AsyncFunctionResponse,
  createId,
  isAsyncFunctionRequest,
  isAsyncFunctionResponse,
  isTaskQuery,
  type Json,
  type Outcome,
  parseConsumption,
  type Runtime,
  signResponse,
} from '@latecall/core';
import type { AnyTool } from './any-tool.ts';
import type { AsyncTool, WrittenOf } from './async-tool.ts';
import { LATECALL, modelCargoOf, toolCargoOf } from './carrier.ts';
import { tellResult } from './show-result.ts';

/** A request of one of these tools, told apart by `functionCall.name`. */
export type AsyncFunctionRequestOf<TOOL> =
  TOOL extends AsyncTool<infer NAME, infer SCHEMA, infer _RESULT, infer RECEIPT>
    ? AsyncFunctionRequest<WrittenOf<SCHEMA>, RECEIPT> & { readonly functionCall: { readonly name: NAME } }
    : never;

/** What became of one call of one of these tools, told apart by `toolName`. */
export type AsyncFunctionOutcomeOf<TOOL> =
  TOOL extends AsyncTool<infer NAME, infer _SCHEMA, infer RESULT, infer _RECEIPT>
    ? { readonly id: string; readonly toolName: NAME; readonly outcome: Outcome<RESULT> }
    : never;

/**
 * A conversation: its messages; the state of a run with them, which may have been interrupted; or what `getState` gives
 * of a thread.
 */
export type Conversation =
  | readonly BaseMessage[]
  | { readonly messages: readonly BaseMessage[]; readonly __interrupt__?: readonly Interrupted[] }
  | { readonly values: unknown; readonly tasks: readonly { readonly interrupts: readonly Interrupted[] }[] };

interface Interrupted {
  readonly value?: unknown;
}

/**
 * The requests in a conversation that nothing in it answers, oldest first: earlier ones stay in until they are answered.
 * Those for which a nested agent was interrupted are among them.
 *
 * @param tools Only for their types: what the requests are inferred from.
 */
export function asyncFunctionRequests<const TOOLS extends readonly AnyTool[] = readonly AnyTool[]>(
  conversation: Conversation,
  _tools?: TOOLS,
): (readonly AnyTool[] extends TOOLS ? AsyncFunctionRequest<Json, Json> : AsyncFunctionRequestOf<TOOLS[number]>)[] {
  const open = new Map<string, AsyncFunctionRequest<Json, Json>>();
  const answered = new Set<string>();
  for (const message of messagesOf(conversation)) {
    const { request, response } = readTool(message);
    if (request !== undefined) open.set(request.id, request);
    if (response !== undefined) answered.add(response.id);
    for (const consumed of readConsumptions(message)) answered.add(consumed.response.id);
  }
  for (const id of answered) open.delete(id); // a later call may have joined what was answered before
  for (const request of interruptedFor(conversation)) open.set(request.id, request);
  // Each carries the name and the arguments of one of the tools; the types only tell which.
  return [...open.values()].filter((request) => !isTaskQuery(request)) as never;
}

/**
 * The outcomes that models were told in a conversation, in the order in which they were told.
 *
 * @param tools Only for their types: what the results are inferred from.
 */
export function asyncFunctionOutcomes<const TOOLS extends readonly AnyTool[] = readonly AnyTool[]>(
  conversation: Conversation,
  _tools?: TOOLS,
): (readonly AnyTool[] extends TOOLS
  ? { readonly id: string; readonly toolName: string; readonly outcome: Outcome }
  : AsyncFunctionOutcomeOf<TOOLS[number]>)[] {
  const told = messagesOf(conversation).flatMap((message) =>
    readConsumptions(message).map(({ response: { id, functionCall, outcome } }) => ({
      id,
      toolName: functionCall.name,
      outcome,
    })),
  );
  // Completed outcomes were checked by the tool's own resultSchema before they were stored.
  return told as never;
}

/** The handles that the messages have used up. */
export function handlesIn(messages: readonly BaseMessage[]): Set<string> {
  return new Set(messages.flatMap((message) => readTool(message).request?.handle ?? []));
}

/**
 * The tool messages that carry responses into a conversation, signed: what a client posts proves nothing. They have ids of
 * their own, so that they replace nothing.
 */
export function responseMessages(
  { signer, randomBytes }: Pick<Runtime, 'signer' | 'randomBytes'>,
  responses: readonly AsyncFunctionResponse[],
): Promise<ToolMessage[]> {
  return Promise.all(
    responses.map(async (response) => {
      const { callId, name } = response.functionCall;
      const { content, status } = tellResult({ outcome: response.outcome as Outcome });
      return new ToolMessage({
        id: createId('response', randomBytes),
        content,
        status,
        tool_call_id: callId,
        name,
        artifact: { [LATECALL]: { response: await signResponse(signer, response) } },
      });
    }),
  );
}

/** None in the state of a thread that nobody has written to. */
function messagesOf(conversation: Conversation): readonly BaseMessage[] {
  const state: unknown = 'values' in conversation && !Array.isArray(conversation) ? conversation.values : conversation;
  const messages: unknown = Array.isArray(state) ? state : (state as { messages?: unknown } | undefined)?.messages;
  return Array.isArray(messages) ? messages : [];
}

function interruptsOf(conversation: Conversation): readonly Interrupted[] {
  if ('__interrupt__' in conversation) return conversation.__interrupt__ ?? [];
  return 'tasks' in conversation ? conversation.tasks.flatMap(({ interrupts }) => interrupts) : [];
}

function interruptedFor(conversation: Conversation): AsyncFunctionRequest<Json, Json>[] {
  return interruptsOf(conversation).flatMap(({ value }) => {
    const { type, requests } = (value ?? {}) as { type?: unknown; requests?: unknown };
    return type === REQUESTS && Array.isArray(requests) ? requests.filter(isAsyncFunctionRequest) : [];
  });
}

/** The `type` of the value with which a run is interrupted while calls are pending. */
export const REQUESTS = 'async-function-requests';

function readTool(message: BaseMessage) {
  const { request, response } = message.type === 'tool' ? toolCargoOf(message as ToolMessage) : {};
  return {
    request: isAsyncFunctionRequest(request) ? request : undefined,
    response: isAsyncFunctionResponse(response) ? response : undefined,
  };
}

function readConsumptions(message: BaseMessage) {
  const { consumptions = [] } = message.type === 'ai' ? modelCargoOf(message) : {};
  return consumptions.flatMap((value) => {
    try {
      return [parseConsumption(value)];
    } catch {
      return [];
    }
  });
}
