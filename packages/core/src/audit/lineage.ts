import { type Scope, scopeKey } from '../base/scope.ts';
import { isUnstampedTurn } from '../turn/unstamped-turn.ts';
import type { AuditEvent, AuditedCall, AuditedResult } from './audit.ts';
import { explainTask, type LineageStep } from './explain-task.ts';
import { type LineageTask, readTask, type TaskConsumption } from './lineage-task.ts';
import { type AuditHistory, orderEvents } from './order-events.ts';

/** A call that a turn made. */
export interface LineageCall extends Pick<AuditedCall, 'callId' | 'toolName'> {
  /** SHA-256 of its arguments, as in {@link AuditedCall}. */
  readonly inputDigest?: string;
  /** The id of the task that it was dispatched as, if its tool is an async one. */
  readonly task?: string;
}

/** What the log tells of a turn. */
export interface LineageTurn {
  readonly id: string;
  readonly scope: Scope;
  /** When the log first names it, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** When the model's answer was in, in milliseconds since the epoch; not there if the log does not know that it was. */
  readonly finishedAt?: number;
  /** The results that were news to it; one with a `turn` was told to that turn before, in another history. */
  readonly results: readonly AuditedResult[];
  readonly calls: readonly LineageCall[];
}

/** A turn that was told of a result, and the calls that it then made. */
export interface LineageActions {
  readonly turn: string;
  readonly calls: readonly LineageCall[];
}

/** What became of what, read from an audit log alone. */
export interface Lineage {
  /** In the order in which the log first names them. */
  tasks(): readonly LineageTask[];
  /** In the order in which the log first names them. A model call that was given up is none. */
  turns(): readonly LineageTurn[];
  /** Which results were news to a turn, as in {@link LineageTurn.results}. */
  resultsSeenBy(turn: string): readonly AuditedResult[];
  /**
   * Which calls followed from a result: those of the turn that was told of it. With `deep` also those of the turns that
   * were told of the results of these calls, and so on. Later turns have the result in their history too; they count only
   * if a result links them.
   */
  actionsAfter(task: string, options?: { readonly deep?: boolean }): readonly LineageActions[];
  /** Why a task is in its state: its story in sentences, with times. Empty for a task that the log does not know. */
  explain(task: string): readonly LineageStep[];
}

/**
 * Reads from audit events, or the entries of a log, which turn was told of which results and what it then did. Nothing
 * else is needed: no store, no messages. The events of several processes may stand in any order.
 *
 * @example
 * const entries = await Array.fromAsync(readAuditLog(lines));
 * readLineage(entries).actionsAfter(taskId, { deep: true });
 */
export function readLineage(history: AuditHistory): Lineage {
  const turns = new Map<string, TurnDraft>();
  const startedAt = new Map<string, number>();
  const eventsOf = new Map<string, AuditEvent[]>();
  const locate = createLocator();
  for (const event of orderEvents(history).map(locate)) {
    const { turn, at } = event;
    if (turn !== undefined && !startedAt.has(turn)) startedAt.set(turn, at);
    noteTurn(turns, event);
    if (event.type === 'turn.finished') continue;
    const events = eventsOf.get(event.id);
    if (events === undefined) eventsOf.set(event.id, [event]);
    else events.push(event);
  }
  const told = toldBy(turns);
  const tasks = new Map<string, LineageTask>();
  for (const [id, events] of eventsOf) {
    const task = events.some(isOfTask) ? readTask(events, told.get(id)?.[0]) : undefined;
    if (task !== undefined) tasks.set(id, task);
  }
  const read = new Map([...turns].map(([id, turn]) => [id, finishTurn(id, turn, startedAt.get(id))]));

  const actionsAfter = (id: string, deep: boolean, seen: Set<string>): LineageActions[] =>
    (told.get(id) ?? []).flatMap(({ turn }) => {
      const calls = read.get(turn)?.calls ?? [];
      if (seen.has(turn)) return [];
      seen.add(turn);
      const next = deep ? calls.flatMap(({ task }) => (task === undefined ? [] : [task])) : [];
      return [{ turn, calls }, ...next.flatMap((task) => actionsAfter(task, deep, seen))];
    });
  return {
    tasks: () => [...tasks.values()],
    turns: () => [...read.values()],
    resultsSeenBy: (turn) => read.get(turn)?.results ?? [],
    actionsAfter: (id, { deep = false } = {}) => actionsAfter(id, deep, new Set()),
    explain: (id) => {
      const task = tasks.get(id);
      return task === undefined ? [] : explainTask(task);
    },
  };
}

/**
 * Gives a dispatch the turn that made the call, where the process that dispatched it did not know: after an approval in
 * a chat. What the log says of the last turn that made a call of this id decides.
 */
function createLocator(): (event: AuditEvent) => AuditEvent {
  const madeIn = new Map<string, string>();
  const located = new Map<string, string>();
  const keyIn = ({ scope }: AuditEvent, call: Pick<AuditedCall, 'callId' | 'toolName'>) =>
    scopeKey(scope) + keyOf(call);
  return (event) => {
    const { id, turn, callId, toolName, calls = [] } = event;
    if (turn === undefined) return event;
    for (const call of calls) madeIn.set(keyIn(event, call), turn);
    if (!isUnstampedTurn(turn)) return event;
    const made =
      callId === undefined || toolName === undefined ? undefined : madeIn.get(keyIn(event, { callId, toolName }));
    const known = located.get(id) ?? made;
    if (known === undefined) return event;
    located.set(id, known);
    return { ...event, turn: known };
  };
}

/** Somebody may have written any id into a history. */
function isOfTask({ type }: AuditEvent): boolean {
  return type !== 'history.ignored';
}

type ToldAt = Pick<TaskConsumption, 'at' | 'status'>;

interface TurnDraft {
  readonly scope: Scope;
  finishedAt?: number;
  /** By task. */
  readonly results: Map<string, AuditedResult & ToldAt>;
  readonly finished: Map<string, AuditedCall>;
  readonly dispatched: Map<string, LineageCall>;
}

function noteTurn(turns: Map<string, TurnDraft>, event: AuditEvent): void {
  const { type, turn, scope } = event;
  if (turn === undefined) return;
  const draftOf = (id: string): TurnDraft => {
    const known = turns.get(id) ?? { scope, results: new Map(), finished: new Map(), dispatched: new Map() };
    turns.set(id, known);
    return known;
  };
  if (type === 'task.created' || type === 'task.rejoined' || type === 'task.dispatched') {
    noteDispatch(draftOf(turn), event);
  }
  if (type === 'task.consumed' || type === 'task.withheld') noteResult(draftOf(turn), event);
  if (type === 'turn.finished') noteFinish(draftOf(turn), event, draftOf);
}

function noteDispatch({ dispatched }: TurnDraft, { id, callId, toolName, inputDigest }: AuditEvent): void {
  if (callId === undefined || toolName === undefined) return;
  const key = keyOf({ callId, toolName });
  const digest = inputDigest ?? dispatched.get(key)?.inputDigest;
  dispatched.set(key, { callId, toolName, ...(digest === undefined ? {} : { inputDigest: digest }), task: id });
}

function noteResult(draft: TurnDraft, { id, handle = '', outputDigest = '', at, detail }: AuditEvent): void {
  noteTold(draft, { id, handle, outputDigest, at, ...(detail === undefined ? {} : { status: detail }) });
}

/** What it says of results is also there when the process of the turn died before it could say so of each task. */
function noteFinish(
  draft: TurnDraft,
  { at, calls = [], results = [] }: AuditEvent,
  draftOf: (id: string) => TurnDraft,
) {
  draft.finishedAt = at;
  for (const call of calls) draft.finished.set(keyOf(call), call);
  for (const { turn: first, ...result } of results) {
    if (first !== undefined) noteTold(draftOf(first), { ...result, at });
    noteTold(draft, { ...result, at, ...(first === undefined ? {} : { turn: first }) });
  }
}

function noteTold({ results }: TurnDraft, result: AuditedResult & ToldAt): void {
  if (!results.has(result.id)) results.set(result.id, result);
}

function keyOf({ callId, toolName }: Pick<AuditedCall, 'callId' | 'toolName'>): string {
  return JSON.stringify([callId, toolName]);
}

/** Who was told of each task; the turn that was told first comes first. */
function toldBy(turns: ReadonlyMap<string, TurnDraft>): Map<string, TaskConsumption[]> {
  const told = new Map<string, TaskConsumption[]>();
  for (const [turn, { results }] of turns) {
    for (const { id, handle: _, turn: first, ...telling } of results.values()) {
      const others = told.get(id) ?? [];
      const one = { turn, ...telling };
      told.set(id, first === undefined ? [one, ...others] : [...others, one]);
    }
  }
  return told;
}

function finishTurn(id: string, turn: TurnDraft, startedAt: number | undefined): LineageTurn {
  const { scope, finishedAt, results, finished, dispatched } = turn;
  const toldAt = Math.min(...[...results.values()].map(({ at }) => at)); // of a turn that only a later one names
  const keys = new Set([...finished.keys(), ...dispatched.keys()]);
  return {
    id,
    scope,
    startedAt: startedAt ?? toldAt,
    ...(finishedAt === undefined ? {} : { finishedAt }),
    results: [...results.values()].map(({ at: _, status: __, ...result }) => result),
    calls: [...keys].flatMap((key) => {
      const call = { ...finished.get(key), ...dispatched.get(key) };
      const { callId, toolName } = call;
      return callId === undefined || toolName === undefined ? [] : [{ ...call, callId, toolName }];
    }),
  };
}
