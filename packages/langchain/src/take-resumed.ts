import type { ToolMessage } from '@langchain/core/messages';
import { type AsyncFunctionResponse, parseAsyncFunctionResponse, type Scope, settleSigned } from '@latecall/core';
import type { Binding } from './binding.ts';
import { toolCargoOf } from './carrier.ts';
import { responseMessages } from './messages.ts';

/**
 * Takes the responses out of what an interrupted run was resumed with: the messages of `asyncFunctionResponseMessages`,
 * one or several, as objects or as JSON. Anything else, and what nobody signed, is without effect; so `true` only makes
 * the run look again, where the results went to the store.
 *
 * @returns The responses that count, as messages for the conversation.
 */
export async function takeResumed(binding: Binding, scope: Scope, value: unknown): Promise<ToolMessage[]> {
  const { runtime, definitions: tools } = binding;
  const taken: AsyncFunctionResponse[] = [];
  for (const response of responsesIn(value)) {
    const { verdict } = await settleSigned({ runtime, tools, scope, response });
    if (verdict === 'accepted' || verdict === 'duplicate') taken.push(parseAsyncFunctionResponse(response));
  }
  return responseMessages(runtime, taken);
}

function responsesIn(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(responsesIn);
  if (typeof value !== 'object' || value === null) return [];
  if ('type' in value && value.type === 'async-function-response') return [value];
  const { artifact, data, kwargs } = value as Partial<Record<string, { artifact?: unknown }>>;
  const { response } = toolCargoOf({ artifact: artifact ?? data?.artifact ?? kwargs?.artifact }); // a message; stored; serialized
  return response === undefined ? [] : [response];
}
