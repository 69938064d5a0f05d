import type { Json } from '@latecall/core';

/** A prompt as every provider would understand it, whatever the host calls things. */
export interface ViewMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly text: string;
  readonly calls: readonly ViewCall[];
  readonly results: readonly ViewResult[];
}

export interface ViewCall {
  readonly id: string;
  readonly name: string;
  readonly args: { readonly [name: string]: Json };
}

interface ViewResult {
  readonly callId: string;
  /** A value, or what the tool said in words. */
  readonly value: Json;
  readonly failed: boolean;
}

/**
 * What breaks the pairing of calls and results: each call must be answered exactly once before the next message that is
 * no tool's; no answer without its call; no call id twice.
 */
export function pairingProblems(prompt: readonly ViewMessage[]): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  let open = new Set<string>();
  const close = () => {
    for (const id of open) problems.push(`call ${id} is not answered`);
    open = new Set();
  };
  for (const { role, calls, results } of prompt) {
    if (role !== 'tool') close();
    for (const { id } of calls) {
      if (seen.has(id)) problems.push(`call ${id} is there twice`);
      seen.add(id);
      open.add(id);
    }
    for (const { callId } of results) {
      if (!open.delete(callId)) {
        problems.push(`${seen.has(callId) ? 'a second answer' : 'an answer without its call'}: ${callId}`);
      }
    }
  }
  close();
  return problems;
}
