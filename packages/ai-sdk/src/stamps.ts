import { canonicalJson, type Json } from '@latecall/core';
import { LATECALL } from './carrier.ts';
import type { ContentPart, StreamPart } from './host-types.ts';

/** Which turn made a call, and which of several equal calls of that turn it is. */
export interface Stamp {
  readonly turn: string;
  readonly occurrence: number;
}

/**
 * Brings the stamp of a call from the middleware, which saw the model make it, to the tool, which executes it. In the
 * same run through here; after an approval through the call's own metadata in the history.
 */
export interface Stamps {
  readonly put: (callId: string, toolName: string, stamp: Stamp) => void;
  readonly take: (callId: string, toolName: string) => Stamp | undefined;
}

/** Calls with the same id in two runs at once are kept in order. */
export function createStamps(): Stamps {
  const queues = new Map<string, Stamp[]>();
  const key = (callId: string, toolName: string) => JSON.stringify([callId, toolName]);
  return {
    put: (callId, toolName, stamp) => {
      const queue = queues.get(key(callId, toolName)) ?? [];
      queues.set(key(callId, toolName), [...queue, stamp]);
    },
    take: (callId, toolName) => {
      const [first, ...rest] = queues.get(key(callId, toolName)) ?? [];
      if (rest.length === 0) queues.delete(key(callId, toolName));
      else queues.set(key(callId, toolName), rest);
      return first;
    },
  };
}

/** Stamps the calls of one response to tools for which `isAsync` holds, in the order in which the model made them. */
export function createStamper(input: {
  stamps: Stamps;
  isAsync: (toolName: string) => boolean;
  turn: () => Promise<string>;
}): <PART extends ContentPart | StreamPart>(part: PART) => Promise<PART> {
  const { stamps, isAsync, turn } = input;
  const seen = new Map<string, number>();
  return async (part) => {
    if (part.type !== 'tool-call' || part.providerExecuted === true || !isAsync(part.toolName)) return part;
    const call = JSON.stringify([part.toolName, normal(part.input)]);
    const occurrence = seen.get(call) ?? 0;
    seen.set(call, occurrence + 1);
    const stamp = { turn: await turn(), occurrence };
    stamps.put(part.toolCallId, part.toolName, stamp);
    return { ...part, providerMetadata: { ...part.providerMetadata, [LATECALL]: { ...stamp } } };
  };
}

function normal(input: string): string {
  try {
    return canonicalJson(JSON.parse(input) as Json); // what JSON.parse gives is JSON
  } catch {
    return input;
  }
}
