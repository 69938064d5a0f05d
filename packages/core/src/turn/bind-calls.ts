import type { Scope } from '../base/scope.ts';
import { adoptTask } from '../dispatch/adopt-task.ts';
import type { Runtime } from '../runtime.ts';
import type { TaskRecord } from '../task/task.ts';
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
  scope: Scope;
  calls: readonly CallInHistory[];
  isAsync: (name: string) => boolean;
  consumptions: ReadonlyMap<string, PlacedConsumption>;
  /** Report requests that prove nothing. */
  report: boolean;
}): Promise<BoundCall[]> {
  const { runtime, scope, calls, isAsync, consumptions, report } = input;
  const ours = calls.filter(({ name, results }) => isAsync(name) || results.some(namesTask));
  if (ours.length === 0) return [];
  const callIds = [...new Set(ours.map(({ callId }) => callId))];
  const known = tasksByCall(await runtime.store.list(scope, { callIds }), ours);
  return Promise.all(
    ours.map(async (call): Promise<BoundCall> => {
      const ids = namedIds(call);
      const task = known(call) ?? (await byId(runtime, scope, call, ids));
      if (task !== undefined) return { ...call, by: 'task', task, ...withConsumption(consumptions.get(task.id)) };
      const consumption = ids.map((id) => consumptions.get(id)).find((found) => found !== undefined);
      if (consumption !== undefined) return { ...call, by: 'history', consumption };
      const adopted = await adopt(runtime, scope, call, report);
      return adopted === undefined ? { ...call, by: 'nothing' } : { ...call, by: 'task', task: adopted };
    }),
  );
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
  const taken = new Set(named.values());
  return (call: CallInHistory): TaskRecord | undefined => {
    const task = named.get(call);
    if (task !== undefined) return task;
    const isLater = (other: CallInHistory) =>
      other.callId === call.callId && other.name === call.name && other.message > call.message && !named.has(other);
    const free = tasks.filter((candidate) => isOf(candidate, call) && !taken.has(candidate));
    return free.at(-1 - calls.filter(isLater).length);
  };
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

async function adopt(
  runtime: Runtime,
  scope: Scope,
  call: CallInHistory,
  report: boolean,
): Promise<TaskRecord | undefined> {
  for (const { request } of call.results) {
    const proven = await provenRequest(runtime, scope, request);
    const { callId, name } = proven?.functionCall ?? {};
    if (proven !== undefined && callId === call.callId && name === call.name) {
      return adoptTask({ runtime, scope, request: proven });
    }
    const id = idNamedBy(request);
    if (report && id !== undefined) await runtime.report('history.ignored', { scope, id }, { detail: 'request' });
  }
  return undefined;
}
