import type { Scope } from '../base/scope.ts';
import { adoptTask } from '../dispatch/adopt-task.ts';
import { toSettlement } from '../parts/outcome.ts';
import type { Runtime } from '../runtime.ts';
import type { ToolDefinitions } from '../task/async-tool-definition.ts';
import type { TaskRecord } from '../task/task.ts';
import type { TaskStore } from '../task/task-store.ts';
import type { CallInHistory } from './read-calls.ts';
import { idNamedBy, type PlacedConsumption, provenRequest } from './read-proofs.ts';

/** A dispatch that the store knows. */
export interface TaskCall extends CallInHistory {
  readonly by: 'task';
  readonly task: TaskRecord;
  readonly consumption?: PlacedConsumption;
}

/** A dispatch that no store knows any more; the history proves what the model was told. */
export interface HistoryCall extends CallInHistory {
  readonly by: 'history';
  readonly consumption: PlacedConsumption;
}

/** Nothing proves that it is ours: an ordinary call. */
interface OrdinaryCall extends CallInHistory {
  readonly by: 'nothing';
}

/** A call of the history, and what is known of it. */
export type BoundCall = TaskCall | HistoryCall | OrdinaryCall;

/**
 * Finds out which calls of the history are dispatches of ours. The store knows best; without it a signed request is
 * taken over into the store, and a signed consumption stands for itself. Everything else counts as an ordinary call.
 */
export async function bindCalls(input: {
  runtime: Runtime;
  tools: ToolDefinitions;
  scope: Scope;
  calls: readonly CallInHistory[];
  consumptions: ReadonlyMap<string, PlacedConsumption>;
}): Promise<BoundCall[]> {
  const { runtime, tools, scope, calls, consumptions } = input;
  const ours = calls.filter(({ name, results }) => tools.has(name) || results.some(namesTask));
  if (ours.length === 0) return [];
  const callIds = [...new Set(ours.map(({ callId }) => callId))];
  const known = tasksByCall(await runtime.store.list(scope, { callIds }), ours);
  const told = consumptionsByCall(consumptions, ours);
  const bound: BoundCall[] = [];
  // In their order: what is taken over may build on what stands before it.
  for (const call of ours) {
    const ids = namedIds(call);
    const task = known(call) ?? (await byId(runtime, scope, call, ids));
    const consumption = ids.map((id) => consumptions.get(id)).find((found) => found !== undefined) ?? told(call);
    if (task !== undefined) bound.push({ ...call, by: 'task', task, ...withConsumption(consumptions.get(task.id)) });
    else bound.push(await bindUnknown({ ...input, call, consumption }));
  }
  return bound;
}

/**
 * The same calls with their tasks as they are now. What a model was told changes no more.
 *
 * @param untold The tasks that no model was told of, as they are now.
 */
export function refreshCalls(
  store: Pick<TaskStore, 'get'>,
  bound: readonly BoundCall[],
  untold: readonly TaskRecord[],
): Promise<BoundCall[]> {
  const found = new Map(untold.map((task) => [task.id, task]));
  return Promise.all(
    bound.map(async (call) => {
      if (call.by !== 'task' || call.task.consumption !== undefined) return call;
      const { task } = call;
      return { ...call, task: found.get(task.id) ?? (await store.get(task)) ?? task };
    }),
  );
}

/** A call that the store does not know: only what was signed says what it is. */
async function bindUnknown(
  input: Omit<Adopting, 'report'> & { consumption: PlacedConsumption | undefined },
): Promise<BoundCall> {
  const { call, consumption } = input;
  if (consumption === undefined) {
    const adopted = await adopt({ ...input, report: true });
    return adopted === undefined ? { ...call, by: 'nothing' } : { ...call, by: 'task', task: adopted };
  }
  const overdue = await adoptOverdue({ ...input, consumption });
  return overdue === undefined
    ? { ...call, by: 'history', consumption }
    : { ...call, by: 'task', task: overdue, consumption };
}

function namesTask({ request, response }: { request?: unknown; response?: unknown }): boolean {
  return request !== undefined || response !== undefined;
}

function withConsumption(consumption: PlacedConsumption | undefined): { consumption?: PlacedConsumption } {
  return consumption === undefined ? {} : { consumption };
}

/**
 * By the id that a part of the call names, else by call id. Where an id was used in several turns, the calls that name no
 * task share out the tasks that no call names, counted from the end.
 */
function tasksByCall(tasks: readonly TaskRecord[], calls: readonly CallInHistory[]) {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const named = new Map(
    calls.flatMap((call) => {
      const task = namedIds(call)
        .map((id) => byId.get(id))
        .find((found) => found !== undefined && isOf(found, call));
      return task === undefined ? [] : [[call, task] as const];
    }),
  );
  const place = ({ id }: TaskRecord, { callId }: CallInHistory) => `${id} ${callId}`;
  const taken = new Set([...named].map(([call, task]) => place(task, call)));
  const tasksWith = grouped(tasks, ({ callIds }) => callIds);
  const callsWith = grouped(calls, ({ callId }) => [callId]);
  return (call: CallInHistory): TaskRecord | undefined => {
    const task = named.get(call);
    if (task !== undefined) return task;
    const isLater = (other: CallInHistory) =>
      other.name === call.name && other.message > call.message && !named.has(other);
    const isFree = (candidate: TaskRecord) => isOf(candidate, call) && !taken.has(place(candidate, call));
    const later = callsWith.get(call.callId)?.filter(isLater) ?? [];
    return tasksWith
      .get(call.callId)
      ?.filter(isFree)
      .at(-1 - later.length);
  };
}

/** Calls that name no task, since their receipts were lost: what was told of them is of the nearest call before it. */
function consumptionsByCall(consumptions: ReadonlyMap<string, PlacedConsumption>, calls: readonly CallInHistory[]) {
  const named = new Set(calls.flatMap(namedIds));
  const unnamed = calls.filter((call) => namedIds(call).length === 0);
  const told = new Map<CallInHistory, PlacedConsumption>();
  if (unnamed.length === 0) return () => undefined;
  for (const consumption of consumptions.values()) {
    const { id, functionCall } = consumption.response;
    const call = unnamed.findLast(
      ({ callId, name, message }) =>
        callId === functionCall.callId && name === functionCall.name && message < consumption.message,
    );
    if (call !== undefined && !named.has(id)) told.set(call, consumption);
  }
  return (call: CallInHistory) => told.get(call);
}

function grouped<ITEM>(items: readonly ITEM[], keysOf: (item: ITEM) => readonly string[]): Map<string, ITEM[]> {
  const groups = new Map<string, ITEM[]>();
  for (const item of items) {
    for (const key of new Set(keysOf(item))) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [item]);
      else group.push(item);
    }
  }
  return groups;
}

function namedIds({ results }: CallInHistory): string[] {
  return results.flatMap(({ request, response }) => idNamedBy(request) ?? idNamedBy(response) ?? []);
}

async function byId(
  runtime: Runtime,
  scope: Scope,
  call: CallInHistory,
  ids: readonly string[],
): Promise<TaskRecord | undefined> {
  for (const id of ids) {
    const task = await runtime.store.get({ scope, id });
    if (task !== undefined && isOf(task, call)) return task;
  }
  return undefined;
}

/** A part that a client moved to another call does not make the task that call's. */
function isOf({ toolName, callIds }: TaskRecord, { name, callId }: CallInHistory): boolean {
  return toolName === name && callIds.includes(callId);
}

interface Adopting {
  readonly runtime: Runtime;
  readonly tools: ToolDefinitions;
  readonly scope: Scope;
  readonly call: CallInHistory;
  /** Report requests that prove nothing. */
  readonly report: boolean;
}

async function adopt({ runtime, tools, scope, call, report }: Adopting): Promise<TaskRecord | undefined> {
  for (const { request } of call.results) {
    const proven = await provenRequest(runtime, scope, request);
    const { callId, name } = proven?.functionCall ?? {};
    if (proven !== undefined && callId === call.callId && name === call.name) {
      return adoptTask({ runtime, scope, request: proven, definition: tools.get(name) });
    }
    const id = idNamedBy(request);
    if (report && id !== undefined) await runtime.report('history.ignored', { scope, id }, { detail: 'request' });
  }
  return undefined;
}

/** A model was told that the deadline passed, and the result may still come: then its task must be there. */
async function adoptOverdue(
  input: Omit<Adopting, 'report'> & { consumption: PlacedConsumption },
): Promise<TaskRecord | undefined> {
  const { runtime, scope, consumption } = input;
  const { turn, delivery: kind, response } = consumption;
  const { outcome } = response;
  const settlement = toSettlement(outcome);
  if (outcome.status !== 'expired' || outcome.resultMayCome !== true || settlement === undefined) return undefined;
  const task = await adopt({ ...input, report: false });
  if (task?.lateResult !== 'accept') return undefined;
  const { store } = runtime;
  const now = Date.parse(response.settledAt);
  const claimant = `history:${task.id}`;
  await store.settle(task, { settlement, now });
  await store.claim({ scope, claimant, now, wanted: [{ id: task.id, delivery: { kind, offset: 0 } }] });
  await store.consume(task, { claimant, turn, now, told: { outcome } });
  return store.get(task);
}
