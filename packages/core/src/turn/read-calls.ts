import type { Transcript, TranscriptResult } from './transcript.ts';

/** One call with everything that claims to answer it. */
export interface CallInHistory {
  readonly callId: string;
  readonly name: string;
  /** The provider marked the call as one that may stay open. */
  readonly native: boolean;
  /** The message that holds the call. */
  readonly message: number;
  readonly results: readonly PlacedResult[];
}

/** A result and the message that it stands in. */
export interface PlacedResult extends TranscriptResult {
  readonly message: number;
}

/**
 * Pairs calls and results. A result belongs to the nearest call before it with its id: providers may use an id again in
 * a later turn. Results without any call come back as `orphans`.
 */
export function readCalls({ messages }: Transcript): { calls: CallInHistory[]; orphans: PlacedResult[] } {
  const calls: (CallInHistory & { results: PlacedResult[] })[] = [];
  const latest = new Map<string, (typeof calls)[number]>();
  const orphans: PlacedResult[] = [];
  // forEach, for a history may be long: an iterator over entries makes an array for each of them.
  messages.forEach(({ calls: made, results }, message) => {
    for (const { callId, name, native = false } of made) {
      const call = { callId, name, native, message, results: [] };
      calls.push(call);
      latest.set(callId, call);
    }
    for (const result of results) (latest.get(result.callId)?.results ?? orphans).push({ ...result, message });
  });
  return { calls, orphans };
}

/** The index of the last message by the assistant, -1 if there is none. */
export function lastAssistant({ messages }: Transcript): number {
  return messages.findLastIndex(({ role }) => role === 'assistant');
}
