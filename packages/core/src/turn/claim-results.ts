import { toIso } from '../base/clock.ts';
import { type Scope, scopeKey } from '../base/scope.ts';
import type { AsyncFunctionConsumption } from '../parts/consumption.ts';
import type { Runtime } from '../runtime.ts';
import type { ToolDefinitions } from '../task/async-tool-definition.ts';
import {
  type Delivery,
  isTerminal,
  neverDispatched,
  type TaskDelivery,
  type TaskRecord,
  type Told,
} from '../task/task.ts';
import type { BoundCall, TaskCall } from './bind-calls.ts';
import { answersOpenCall, isLeftOpen, type ModelTraits } from './model-traits.ts';
import { type Permitted, permit } from './permit.ts';
import { lastAssistant } from './read-calls.ts';
import type { Transcript } from './transcript.ts';

/** A result that this turn, and no other, shows for the first time. */
export interface ClaimedResult {
  readonly task: TaskRecord;
  readonly told: Told;
  readonly delivery: TaskDelivery;
  readonly permissions?: Permitted['permissions'];
}

/**
 * Claims the results that are ready and asks the policy what may be told of them. What is not in the returned map is
 * another run's, or not allowed to be decided now: this prompt does not show it (law 4).
 */
export async function claimResults(input: {
  runtime: Runtime;
  scope: Scope;
  transcript: Transcript;
  claimant: string;
  tools: ToolDefinitions;
  model: ModelTraits;
  atRest: boolean;
  callsElsewhere: boolean;
  bound: readonly BoundCall[];
  /** Settled tasks whose call is not in the history any more. */
  uncalled: readonly TaskRecord[];
  /** The ids of tasks that have to wait for others. */
  waiting: ReadonlySet<string>;
}): Promise<ReadonlyMap<string, ClaimedResult>> {
  const { runtime, scope, transcript, tools, claimant, bound, uncalled, waiting, atRest, callsElsewhere } = input;
  const step = lastAssistant(transcript);
  /** Where a result stands whose call is not here: should the call come back, then right behind its answers. */
  const behindItsCall: TaskDelivery = { kind: input.model.late ?? 'append', offset: 1 };
  const uncalledDelivery = (task: TaskRecord): TaskDelivery => {
    if (callsElsewhere && answersOpenCall(task)) return { ...behindItsCall, kind: 'native' };
    const expired = bound.findLast((call) => call.by === 'task' && call.task.id === task.sequelOf);
    return expired === undefined
      ? behindItsCall
      : { ...behindItsCall, offset: transcript.messages.length - expired.message };
  };
  const mayEnter = ({ scheduling = 'when-idle' }: TaskRecord) => atRest || scheduling !== 'when-idle';
  const wanted = [
    ...firstOfEach(bound.filter(isReady))
      .filter(({ first, last }) => last === step || mayEnter(first.task))
      .map(({ first }) => ({ task: first.task, delivery: deliveryFor(first, input) })),
    ...uncalled.filter(mayEnter).map((task) => ({ task, delivery: uncalledDelivery(task) })),
  ];
  const permitted = new Map<string, Permitted>();
  for (const { task } of wanted.filter(({ task: { id } }) => !waiting.has(id))) {
    const allowed = await permit(runtime, task, tools.get(task.toolName));
    if (allowed !== undefined) permitted.set(task.id, allowed);
  }
  holdDependents([...bound.filter(isReady).map(({ task }) => task), ...uncalled], permitted);
  if (permitted.size === 0) return new Map();
  const { store, clock, takeOverAfterMs } = runtime;
  const tasks = await store.claim({
    scope,
    claimant,
    now: clock.now(),
    takeOverAfterMs,
    wanted: wanted.flatMap(({ task, delivery }) => (permitted.has(task.id) ? [{ id: task.id, delivery }] : [])),
  });
  const firstCalls = new Map(firstOfEach(bound.filter(isOfTask)).map(({ first }) => [first.task.id, first.message]));
  const asOfNow = new Map(wanted.map(({ task, delivery }) => [task.id, delivery]));
  /** A run that was given up has fixed the place. If the model has answered since without the result, it is past. */
  const placeOf = (task: TaskRecord, delivery: TaskDelivery): TaskDelivery => {
    const message = firstCalls.get(task.id);
    const replaces = delivery.kind === 'replace';
    if (message === undefined) return replaces ? uncalledDelivery(task) : delivery;
    if (replaces) return message < step ? (asOfNow.get(task.id) ?? delivery) : delivery;
    return message + delivery.offset <= step ? { ...delivery, offset: transcript.messages.length - message } : delivery;
  };
  return new Map(
    tasks.flatMap((task): [string, ClaimedResult][] => {
      const allowed = permitted.get(task.id);
      const { delivery = behindItsCall } = task;
      return allowed === undefined ? [] : [[task.id, { task, ...allowed, delivery: placeOf(task, delivery) }]];
    }),
  );
}

/** A result never enters before that of a task that it builds on. */
function holdDependents(untold: readonly TaskRecord[], permitted: Map<string, Permitted>): void {
  const ids = new Set(untold.map(({ id }) => id));
  const comesFirst = ({ id, dependsOn = [] }: TaskRecord) =>
    permitted.has(id) && dependsOn.some((each) => ids.has(each) && !permitted.has(each));
  for (let held = untold.find(comesFirst); held !== undefined; held = untold.find(comesFirst))
    permitted.delete(held.id);
}

/** Where several calls have joined in one task, its place is counted from the first of them. */
function firstOfEach(calls: readonly TaskCall[]): { readonly first: TaskCall; readonly last: number }[] {
  const byTask = new Map<string, { first: TaskCall; last: number }>();
  for (const call of calls) {
    const { first = call } = byTask.get(call.task.id) ?? {};
    byTask.set(call.task.id, { first, last: call.message });
  }
  return [...byTask.values()];
}

function isOfTask(call: BoundCall): call is TaskCall {
  return call.by === 'task';
}

function isReady(call: BoundCall): call is TaskCall {
  return (
    call.by === 'task' &&
    call.consumption === undefined &&
    call.task.consumption === undefined &&
    isTerminal(call.task.status) &&
    !neverDispatched(call.task) // the host tells that one
  );
}

/**
 * `replace` only if no model was ever sent the placeholder: no assistant message may have followed it (law 13). Else
 * what the tool says; `auto` goes by what the model takes.
 */
function deliveryFor(
  call: TaskCall,
  input: { transcript: Transcript; tools: ToolDefinitions; model: ModelTraits },
): TaskDelivery {
  const { transcript, tools, model } = input;
  const { task, message, name } = call;
  const { delivery = 'auto' } = tools.get(name) ?? {};
  const sent = task.placeholderSentAt !== undefined || lastAssistant(transcript) > message;
  if (!sent) return { kind: 'replace', offset: 0 };
  const late = delivery === 'auto' || delivery === 'native' ? lateDelivery(call, model) : delivery;
  return { kind: late, offset: transcript.messages.length - message };
}

function lateDelivery(call: TaskCall, model: ModelTraits): Delivery {
  return isLeftOpen(call, model) ? 'native' : (model.late ?? 'append');
}

/** Marks claimed results as told by this turn; what it returns belongs into the app's history. */
export async function consumeResults(input: {
  runtime: Runtime;
  scope: Scope;
  claimant: string;
  turn: string;
  claimed: ReadonlyMap<string, ClaimedResult>;
  /** How many messages stand between the result of a task and the end of the prompt. */
  distance: (id: string) => number;
}): Promise<AsyncFunctionConsumption[]> {
  const { runtime, scope, claimant, turn, claimed, distance } = input;
  const { store, clock, report } = runtime;
  const consumptions: AsyncFunctionConsumption[] = [];
  for (const { task, told, delivery, permissions } of claimed.values()) {
    if (!(await store.consume(task, { claimant, turn, now: clock.now(), told }))) continue; // taken over meanwhile
    await report(told.outcome.status === 'withheld' ? 'task.withheld' : 'task.consumed', task, {
      turn,
      detail: told.outcome.status,
      outcome: told.outcome,
      ...(permissions === undefined ? {} : { permissions }),
    });
    consumptions.push(await signed(runtime, scope, { task, told, delivery, turn, distance: distance(task.id) }));
  }
  return consumptions;
}

/** The consumptions of tasks that a model was told before, for a history that does not have them. */
export function consumptionsOf(input: {
  runtime: Runtime;
  scope: Scope;
  tasks: readonly TaskRecord[];
  distance: (id: string) => number;
}): Promise<AsyncFunctionConsumption[]> {
  const { runtime, scope, tasks, distance } = input;
  return Promise.all(
    tasks.flatMap((task) => {
      const { consumption, delivery = { kind: 'replace', offset: 0 } } = task;
      if (consumption === undefined) return [];
      const { turn, at: _, ...told } = consumption;
      return [signed(runtime, scope, { task, told, delivery, turn, distance: distance(task.id) })];
    }),
  );
}

async function signed(
  { signer }: Runtime,
  scope: Scope,
  parts: Parameters<typeof consumptionOf>[0],
): Promise<AsyncFunctionConsumption> {
  const unsigned = consumptionOf(parts);
  return { ...unsigned, signature: await signer.sign(unsigned, scopeKey(scope)) };
}

function consumptionOf(parts: ClaimedResult & { turn: string; distance: number }): AsyncFunctionConsumption {
  const { task, told, delivery, turn, distance } = parts;
  return {
    type: 'async-function-consumption',
    v: 1,
    turn,
    delivery: delivery.kind,
    handle: task.handle,
    response: {
      type: 'async-function-response',
      v: 1,
      id: task.id,
      functionCall: { callId: task.callIds[0] ?? '', name: task.toolName },
      settledAt: toIso(task.settledAt ?? task.createdAt),
      outcome: told.outcome,
    },
    ...(distance === 0 ? {} : { distance }),
    ...(told.stale === true ? { stale: true } : {}),
  };
}
