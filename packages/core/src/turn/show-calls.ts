import { neverDispatched, type TaskRecord } from '../task/task.ts';
import type { BoundCall, HistoryCall, TaskCall } from './bind-calls.ts';
import type { ClaimedResult } from './claim-results.ts';
import { isLeftOpen, type ModelTraits } from './model-traits.ts';
import type { PlacedTold, ShownCall, ShownName, Uncalled } from './plan-prompt.ts';
import type { PlacedConsumption } from './read-proofs.ts';
import type { Transcript } from './transcript.ts';

/** Decides what this prompt shows for each call of ours; the `others` are ordinary calls. */
export function showCalls(input: {
  bound: readonly BoundCall[];
  claimed: ReadonlyMap<string, ClaimedResult>;
  model: ModelTraits;
}): { shown: ShownCall[]; others: BoundCall[] } {
  const { bound, claimed, model } = input;
  const shown: ShownCall[] = [];
  const others: BoundCall[] = [];
  for (const call of bound) {
    if (call.by === 'nothing' || (call.by === 'task' && neverDispatched(call.task))) {
      others.push(call);
      continue;
    }
    const told = toldOf(call, claimed);
    const leftOpen = told === undefined || told.delivery.kind === 'native' ? mayStayOpen(call, model) : false;
    shown.push({ call, name: nameOf(call), leftOpen, ...(told === undefined ? {} : { told }) });
  }
  return { shown, others };
}

function nameOf(call: TaskCall | HistoryCall): ShownName {
  const { callId, name: toolName } = call;
  return call.by === 'task'
    ? { ...nameOfTask(call.task), callId }
    : { id: call.consumption.response.id, toolName, callId, handle: call.consumption.handle };
}

/** A task under the id of its first call. */
export function nameOfTask({ id, toolName, callIds, handle, arguments: args }: TaskRecord): ShownName {
  return { id, toolName, callId: callIds[0] ?? '', handle, arguments: args };
}

/** Without a task only the history can say that the call was left open: by a result that came natively. */
function mayStayOpen(call: TaskCall | HistoryCall, model: ModelTraits): boolean {
  return call.by === 'task' ? isLeftOpen(call, model) : model.openCalls === true && call.native;
}

function toldOf(call: TaskCall | HistoryCall, claimed: ReadonlyMap<string, ClaimedResult>): PlacedTold | undefined {
  if (call.by === 'history') return toldBefore(call.consumption);
  const { task, consumption } = call;
  if (consumption !== undefined) return toldBefore(consumption);
  if (task.consumption !== undefined) {
    const { outcome, stale } = task.consumption;
    return { outcome, ...(stale === true ? { stale } : {}), delivery: task.delivery ?? { kind: 'replace', offset: 0 } };
  }
  const result = claimed.get(task.id);
  return result === undefined ? undefined : { ...result.told, delivery: result.delivery };
}

/** As an earlier turn was told it: the history says where and how. */
function toldBefore(consumption: PlacedConsumption): PlacedTold & { before: number } {
  const { response, stale, delivery, message, distance = 0 } = consumption;
  const { outcome } = response;
  return {
    outcome,
    ...(stale === true ? { stale } : {}),
    delivery: { kind: delivery, offset: 0 },
    before: Math.max(message - distance, 0),
  };
}

/** Results whose calls were trimmed from the history: those told before keep their place, new ones stand at the end. */
export function showUncalled(input: {
  transcript: Transcript;
  /** The provider holds the calls: a new result is the answer of its own. */
  callsElsewhere: boolean;
  bound: readonly BoundCall[];
  claimed: ReadonlyMap<string, ClaimedResult>;
  consumptions: ReadonlyMap<string, PlacedConsumption>;
}): Uncalled[] {
  const { transcript, callsElsewhere, bound, claimed, consumptions } = input;
  const called = new Set(bound.flatMap(idsOf));
  const before = [...consumptions.values()]
    .filter(({ response, delivery }) => delivery !== 'replace' && !called.has(response.id))
    .map((consumption) => ({
      name: {
        id: consumption.response.id,
        toolName: consumption.response.functionCall.name,
        callId: consumption.response.functionCall.callId,
        handle: consumption.handle,
      },
      told: toldBefore(consumption),
      leftOpen: false,
    }));
  const now = [...claimed.values()]
    .filter(({ task }) => !called.has(task.id))
    .map(({ task, told, delivery }) => {
      const leftOpen = callsElsewhere && task.placeholderSentAt === undefined;
      // What the provider holds ends with the call: its answer comes before anything else that is new.
      const before = leftOpen ? firstOf(transcript) : transcript.messages.length;
      return { name: nameOfTask(task), told: { ...told, delivery, before }, leftOpen };
    });
  return [...before, ...now];
}

/** The first message that is not the system's. */
function firstOf({ messages }: Transcript): number {
  const first = messages.findIndex(({ role }) => role !== 'system');
  return first < 0 ? messages.length : first;
}

function idsOf(call: BoundCall): string[] {
  switch (call.by) {
    case 'task':
      return [call.task.id];
    case 'history':
      return [call.consumption.response.id];
    case 'nothing':
      return [];
    default:
      return call satisfies never;
  }
}
