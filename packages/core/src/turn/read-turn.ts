import { isTerminal, neverDispatched, type TaskRecord } from '../task/task.ts';
import { admitResponses } from './admit-responses.ts';
import { type BoundCall, bindCalls, refreshCalls } from './bind-calls.ts';
import { unmetDependencies } from './dependencies.ts';
import { asksWhilePending } from './idle-turns.ts';
import { lastAssistant, type PlacedResult, readCalls } from './read-calls.ts';
import { type PlacedConsumption, provenConsumptions } from './read-proofs.ts';
import { settleOverdue } from './settle-overdue.ts';
import type { Transcript } from './transcript.ts';
import type { TurnInput } from './turn.ts';
import { hasNothingNew, waitingFor } from './waiting.ts';

/** What the history and the store say before a turn. */
export interface ReadTurn {
  /** Results without a call in this history. */
  readonly orphans: readonly PlacedResult[];
  /** By task id: what the history proves that models were told. */
  readonly consumptions: ReadonlyMap<string, PlacedConsumption>;
  /** The tasks of the conversation that nobody was told of. */
  readonly unconsumed: readonly TaskRecord[];
  /** The ids of those among them that wait for what they build on. */
  readonly waiting: ReadonlySet<string>;
  readonly bound: readonly BoundCall[];
  /** Whether the run stops for a call. */
  readonly waits: (call: BoundCall) => boolean;
  /** What the run waits for. */
  readonly open: readonly TaskRecord[];
}

/** Reads the history, lets in what it brings, and finds out what the run waits for. */
export async function readTurn(input: Omit<TurnInput, 'claimant'>): Promise<ReadTurn> {
  const { runtime, tools, scope, transcript, refused = 'throw' } = input;
  const { calls, orphans } = readCalls(transcript);
  const consumptions = await provenConsumptions(runtime, scope, transcript);
  const before = await bindCalls({ runtime, tools, scope, calls, consumptions });

  const newFrom = lastAssistant(transcript) + 1;
  await admitResponses({ runtime, tools, scope, bound: before, orphans, newFrom, refused });
  const untold = await settleOverdue(runtime, tools, scope);
  const bound = await refreshCalls(runtime.store, before, untold);
  // What the history proves to be told is untold only in a store that has just been made from it.
  const unconsumed = untold.filter(({ id }) => !consumptions.has(id));
  const waits = ({ name }: BoundCall) => tools.get(name)?.mode !== 'continue';
  const waiting = await unmetDependencies(runtime.store, scope, unconsumed);
  const canBeShown = ({ id, status }: TaskRecord) => isTerminal(status) && !waiting.has(id);
  const open = waitingFor({ transcript, bound, waits, canBeShown });
  return { orphans, consumptions, unconsumed, waiting, bound, waits, open };
}

/**
 * Nothing that a model has not answered; responses without effect in the messages ask for no answer either. So a run
 * that comes too late, since another one has told the results and saved its answer, repeats nothing. A conversation
 * without calls of ours is the host's affair.
 */
export async function isIdle(input: Omit<TurnInput, 'claimant'>, read: ReadTurn): Promise<boolean> {
  const { runtime, scope, transcript, model = {}, idleTurns } = input;
  const { bound, consumptions, unconsumed } = read;
  const asks = asksWhilePending(transcript, idleTurns);
  if (!hasNothingNew({ transcript, bound, model, asksWhilePending: asks })) return false;
  if (toldElsewhere(transcript, bound).length > 0) return false; // the answer that knew of them was lost: here they are news
  const ours = consumptions.size > 0 || unconsumed.length > 0 || bound.some(({ by }) => by !== 'nothing');
  if (ours || lastAssistant(transcript) < transcript.messages.length - 1) return true;
  return (await runtime.store.list(scope)).length > 0; // calls that were lost with their answers
}

/**
 * Told in a run whose answer is not in this history: a fork, or a lost answer. The request stands open there, or nobody
 * has spoken since the place of the result; a dispatch whose receipt was lost on its way back has no request.
 */
export function toldElsewhere(transcript: Transcript, bound: readonly BoundCall[]): TaskRecord[] {
  const step = lastAssistant(transcript);
  const told = bound.flatMap((call) => {
    if (call.by !== 'task' || call.consumption !== undefined || call.task.consumption === undefined) return [];
    if (neverDispatched(call.task)) return []; // the host tells that one
    const { offset = 0 } = call.task.delivery ?? {};
    const isLast = call.message + Math.max(offset, 1) > step;
    return isLast || call.results.some(({ request }) => request !== undefined) ? [call.task] : [];
  });
  return [...new Map(told.map((task) => [task.id, task])).values()];
}

/** Settled, told to nobody, and its call is not in this history (any more): its result stands at the end. */
export function isUncalled(
  bound: readonly BoundCall[],
  consumptions: ReadonlyMap<string, unknown>,
): (task: TaskRecord) => boolean {
  const called = new Set(bound.flatMap((call) => (call.by === 'task' ? [call.task.id] : [])));
  return (task: TaskRecord) =>
    isTerminal(task.status) && !neverDispatched(task) && !called.has(task.id) && !consumptions.has(task.id);
}
