import { neverDispatched, type TaskRecord } from '../task/task.ts';
import type { BoundCall } from './bind-calls.ts';
import { isLeftOpen, type ModelTraits } from './model-traits.ts';
import { lastAssistant } from './read-calls.ts';
import type { Transcript, TranscriptMessage } from './transcript.ts';

/**
 * The tasks that keep this run from going on: calls of the last assistant step whose result this prompt could not show,
 * with nothing but tool messages behind them. A user message ends the suspension for its run; that a dispatch failed is
 * told by the host.
 */
export function waitingFor(input: {
  transcript: Transcript;
  bound: readonly BoundCall[];
  /** Whether the run stops for the call at all. */
  waits: (call: BoundCall) => boolean;
  canBeShown: (task: TaskRecord) => boolean;
}): TaskRecord[] {
  const { transcript, bound, waits, canBeShown } = input;
  const step = lastAssistant(transcript);
  const spoken = transcript.messages.slice(step + 1).some(({ role }) => role !== 'tool');
  if (step < 0 || spoken) return [];
  const waited = bound.flatMap((call) => {
    if (call.by !== 'task' || call.message !== step || !waits(call)) return [];
    const told = call.consumption !== undefined || call.task.consumption !== undefined;
    return told || neverDispatched(call.task) || canBeShown(call.task) ? [] : [call.task];
  });
  return [...new Map(waited.map((task) => [task.id, task])).values()]; // several calls may have joined in one task
}

/**
 * The model would be asked about what it has said itself: its last message has no calls, or all of them are pending and
 * were left open, or `asksWhilePending` does not hold; and behind it there is nothing but responses that came before.
 */
export function hasNothingNew(input: {
  transcript: Transcript;
  bound: readonly BoundCall[];
  model: ModelTraits;
  asksWhilePending: boolean;
}): boolean {
  const { transcript, bound, model, asksWhilePending } = input;
  const step = lastAssistant(transcript);
  const calls = transcript.messages[step]?.calls ?? [];
  const behind = transcript.messages.slice(step + 1);
  if (step < 0 || behind.some(({ role }) => role !== 'tool')) return false;
  if (calls.length === 0) return behind.every(bringsResponsesOnly);
  const isPending = (call: BoundCall) =>
    call.by === 'task' &&
    call.task.consumption === undefined &&
    (isLeftOpen(call, model) || (!asksWhilePending && !neverDispatched(call.task)));
  return bound.filter((call) => call.message === step && isPending(call)).length === calls.length;
}

function bringsResponsesOnly({ results }: TranscriptMessage): boolean {
  return results.length > 0 && results.every(({ response }) => response !== undefined);
}
