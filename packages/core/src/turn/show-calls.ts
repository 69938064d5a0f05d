import { acceptsLate, sequelId } from '../settle/sequel.ts';
import { neverDispatched, type TaskRecord } from '../task/task.ts';
import type { TaskStore } from '../task/task-store.ts';
import type { BoundCall, HistoryCall, TaskCall } from './bind-calls.ts';
import type { ClaimedResult } from './claim-results.ts';
import { answersOpenCall, isLeftOpen, type ModelTraits } from './model-traits.ts';
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
  /** Where the result of a task stands that does not take its placeholder's place. */
  const places = new Map<string, number>();
  for (const call of bound) {
    if (call.by === 'nothing' || (call.by === 'task' && neverDispatched(call.task))) {
      others.push(call);
      continue;
    }
    const told = toldOf(call, claimed);
    const leftOpen = told === undefined || told.delivery.kind === 'native' ? mayStayOpen(call, model) : false;
    const name = nameOf(call);
    const own = { call, name, leftOpen, ...(told === undefined ? {} : { told }) };
    shown.push(isJoined(call, places) ? asJoined(own, places.get(name.id)) : own);
    if (told !== undefined && told.delivery.kind !== 'replace' && !places.has(name.id)) {
      places.set(name.id, placeOf(call, told));
    }
  }
  return { shown, others };
}

/** A later call of work that was dispatched before, under a key of the app's own. */
function isJoined(call: TaskCall | HistoryCall, places: ReadonlyMap<string, number>): boolean {
  if (call.by === 'task') return places.has(call.task.id) || call.task.callIds[0] !== call.callId;
  const { id, functionCall } = call.consumption.response;
  return places.has(id) || functionCall.callId !== call.callId;
}

/**
 * A result that stands before the call is shown once more, in the call's own place: no model was sent a placeholder
 * there. One that stands behind it stands there once for all of them, but for calls that were left open.
 */
function asJoined(own: ShownCall, before: number | undefined): ShownCall {
  const { call, name, leftOpen, told } = own;
  if (told === undefined || told.delivery.kind === 'replace') return own;
  const place = before ?? placeOf(call, told);
  if (place <= call.message)
    return { ...own, leftOpen: false, told: { ...told, delivery: { kind: 'replace', offset: 0 } } };
  if (leftOpen) return { ...own, told: { ...told, before: place } };
  return before === undefined ? own : { call, name, leftOpen };
}

function placeOf({ message }: TaskCall | HistoryCall, { before, delivery }: PlacedTold): number {
  return before ?? message + delivery.offset;
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

/** A late result that a model was told after it was told of the deadline. */
interface ToldSequel {
  readonly task: TaskRecord;
  readonly told: PlacedTold;
  /** The call of the expired task. */
  readonly call: TaskCall;
}

/** The late results of these calls that models were told. */
export async function toldSequels(store: Pick<TaskStore, 'get'>, bound: readonly BoundCall[]): Promise<ToldSequel[]> {
  const expired = new Map(
    bound.flatMap((call) => (call.by === 'task' && acceptsLate(call.task) ? [[call.task.id, call] as const] : [])),
  );
  const found = [...expired.values()].map(async (call): Promise<ToldSequel[]> => {
    const task = await store.get({ scope: call.task.scope, id: sequelId(call.task.id) });
    if (task?.consumption === undefined || task.delivery === undefined) return [];
    const { outcome, stale } = task.consumption;
    return [{ task, call, told: { outcome, ...(stale === true ? { stale } : {}), delivery: task.delivery } }];
  });
  return (await Promise.all(found)).flat();
}

/** Results whose calls were trimmed from the history: those told before keep their place, new ones stand at the end. */
export function showUncalled(input: {
  transcript: Transcript;
  /** The provider holds the calls: a new result is the answer of its own. */
  callsElsewhere: boolean;
  bound: readonly BoundCall[];
  claimed: ReadonlyMap<string, ClaimedResult>;
  consumptions: ReadonlyMap<string, PlacedConsumption>;
  /** Told late results of calls that are in the history. */
  sequels: readonly ToldSequel[];
}): Uncalled[] {
  const { transcript, callsElsewhere, bound, claimed, consumptions, sequels } = input;
  /** The first of its calls. */
  const called = new Map(bound.toReversed().flatMap((call) => idsOf(call).map((id) => [id, call.message] as const)));
  // Calls behind a result have joined its task: the call that it is of was lost with an answer.
  const wasCalledBefore = (message: number, id: string) => (called.get(id) ?? message) < message;
  const before = [...consumptions.values()]
    .filter(({ response, delivery, message }) => delivery !== 'replace' && !wasCalledBefore(message, response.id))
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
  // A history that does not keep consumptions: the store says where they stand, counted from their calls.
  const again = sequels
    .filter(({ task }) => !consumptions.has(task.id))
    .map(({ task, told, call }) => {
      const before = Math.min(call.message + told.delivery.offset, transcript.messages.length);
      return { name: nameOfTask(task), told: { ...told, before }, leftOpen: false };
    });
  const now = [...claimed.values()]
    .filter(({ task }) => !called.has(task.id))
    .map(({ task, told, delivery }) => {
      const leftOpen = callsElsewhere && answersOpenCall(task);
      // What the provider holds ends with the call: its answer comes before anything else that is new.
      const before = leftOpen ? firstOf(transcript) : transcript.messages.length;
      return { name: nameOfTask(task), told: { ...told, delivery, before }, leftOpen };
    });
  return [...before, ...again, ...now];
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
