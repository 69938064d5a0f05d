import type { BaseMessage } from '@langchain/core/messages';
import { type Scope, settleSigned } from '@latecall/core';
import type { Binding } from './binding.ts';
import { toolCargoOf } from './carrier.ts';

/**
 * Takes the responses out of what an interrupted run was resumed with: the messages of `asyncFunctionResponseMessages`,
 * one or several, as objects or as JSON. Anything else, and what nobody signed, is without effect; so `true` only makes
 * the run look again, where the results went to the store.
 */
export async function takeResumed(binding: Binding, scope: Scope, value: unknown): Promise<void> {
  const { runtime, definitions: tools } = binding;
  for (const response of responsesIn(value)) await settleSigned({ runtime, tools, scope, response });
}

function responsesIn(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(responsesIn);
  if (typeof value !== 'object' || value === null) return [];
  if ('type' in value && value.type === 'async-function-response') return [value];
  const { artifact, data, kwargs } = value as Partial<Record<string, { artifact?: unknown }>>;
  const carrier = artifact ?? data?.artifact ?? kwargs?.artifact; // a message; stored; serialized
  const { response } = toolCargoOf({ artifact: carrier } as Pick<BaseMessage & { artifact: unknown }, 'artifact'>);
  return response === undefined ? [] : [response];
}
