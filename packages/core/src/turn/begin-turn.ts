import type { TurnCall } from '../audit/report.ts';
import { checkScope, type Scope } from '../base/scope.ts';
import type { AsyncFunctionConsumption } from '../parts/consumption.ts';
import type { Runtime } from '../runtime.ts';
import type { ToolDefinitions } from '../settle/settle.ts';
import { isTerminal, neverDispatched, type TaskRecord } from '../task/task.ts';
import { admitResponses } from './admit-responses.ts';
import { type BoundCall, bindCalls } from './bind-calls.ts';
import type { Budget } from './budget.ts';
import { type ClaimedResult, claimResults, consumeResults, consumptionsOf } from './claim-results.ts';
import { unmetDependencies } from './dependencies.ts';
import type { ModelTraits } from './model-traits.ts';
import { isOrdinary, ordinaryPlan } from './ordinary.ts';
import { type HeldPlaceholder, type PromptPlan, planPrompt } from './plan-prompt.ts';
import { lastAssistant, type PlacedResult, readCalls } from './read-calls.ts';
import { idNamedBy, provenConsumptions } from './read-proofs.ts';
import { settleOverdue } from './settle-overdue.ts';
import { nameOfTask, showCalls, showUncalled, toldSequels } from './show-calls.ts';
import type { Transcript } from './transcript.ts';
import { turnIdOf } from './turn-id.ts';
import { hasNothingNew, waitingFor } from './waiting.ts';

/** A model call that is about to be made. */
export interface TurnInput {
  readonly runtime: Runtime;
  readonly tools: ToolDefinitions;
  readonly scope: Scope;
  readonly transcript: Transcript;
  /**
   * The provider holds the messages before these: a result whose call is not here answers a call that it has.
   * @default false
   */
  readonly callsElsewhere?: boolean;
  /** What the model at hand takes. @default no open calls, late results by `append` */
  readonly model?: ModelTraits;
  /**
   * No generation is running: this is the first model call of a run. Results that are scheduled `when-idle` enter only
   * then, unless the run waits for them. @default true
   */
  readonly atRest?: boolean;
  /**
   * What new responses that cannot be taken lead to: `throw`, so that the app takes them out of its messages; `report`,
   * for a host that has stored the messages already. @default 'throw'
   */
  readonly refused?: 'throw' | 'report';
  /** Limits the work of the conversation. @default none */
  readonly budget?: Budget | undefined;
  /** Names this attempt; the same across the retries of one model call, different for every other run. */
  readonly claimant: string;
}

/** No model call: the run waits. `open` are the tasks it waits for. */
export interface SuspendedTurn {
  readonly type: 'suspended';
  readonly open: readonly TaskRecord[];
  /** It does not wait: the budget is spent, and the run has to end. */
  readonly exhausted?: true;
}

/** The model call may be made, with the prompt that the plan describes. Then `finish` or `release` must follow. */
export interface OpenTurn {
  readonly type: 'open';
  /**
   * Latecall has nothing to do with this call: the model may be called as if Latecall were not there, and nobody waits
   * for `finish` or `release`.
   */
  readonly ordinary: boolean;
  readonly plan: PromptPlan;
  /** The ids of the tasks whose results this prompt is the first to show. */
  readonly tells: ReadonlySet<string>;
  /** The turn's id; computed when first asked for. */
  readonly id: () => Promise<string>;
  /**
   * The provider's response has finished: marks the results it was shown as told. What it returns belongs into the
   * app's history, in the message of that response.
   *
   * @param calls The calls that the response holds, for the audit.
   */
  readonly finish: (calls?: readonly TurnCall[]) => Promise<AsyncFunctionConsumption[]>;
  /** The call failed or was aborted: gives the results back. */
  readonly release: () => Promise<void>;
}

/**
 * Everything that is decided before a model call, the same for every host: which results in the messages are genuine,
 * which tasks have expired, whether the run waits, which results this prompt shows for the first time (and nobody
 * else's does), and where each of them stands.
 *
 * @throws {ResponseRefusedError} for new responses in the messages that cannot be taken.
 */
export async function beginTurn(input: TurnInput): Promise<SuspendedTurn | OpenTurn> {
  const { budget, atRest = true } = input;
  if (atRest) budget?.start();
  const turn = await decideTurn(input);
  if (budget === undefined) return turn;
  if (turn.type === 'suspended') {
    budget.pause();
    return turn;
  }
  budget.beginTurn();
  return {
    ...turn,
    ordinary: false,
    finish: (calls) => turn.finish(calls).finally(budget.endTurn),
    release: () => turn.release().finally(budget.endTurn),
  };
}

async function decideTurn(input: TurnInput): Promise<SuspendedTurn | OpenTurn> {
  const { runtime, tools, transcript, budget } = input;
  const scope = checkScope(input.scope);
  if (!(await isOrdinary({ runtime, tools, scope, transcript }))) return decideOwnTurn({ ...input, scope });
  return budget?.exhausted() === true ? exhausted : ordinaryTurn(scope, transcript);
}

const exhausted: SuspendedTurn = { type: 'suspended', open: [], exhausted: true };

function ordinaryTurn(scope: Scope, transcript: Transcript): OpenTurn {
  return {
    type: 'open',
    ordinary: true,
    plan: ordinaryPlan,
    tells: new Set(),
    id: () => turnIdOf(scope, transcript.fingerprint()),
    finish: async () => [],
    release: async () => {},
  };
}

/** Something of ours is in the conversation, or may come into it. */
async function decideOwnTurn(input: TurnInput): Promise<SuspendedTurn | OpenTurn> {
  const { runtime, scope, transcript, claimant, model = {}, atRest = true, callsElsewhere = false } = input;
  const { orphans, consumptions, unconsumed, waiting, bound, waits, open } = await readTurn(input);
  if (open.length > 0) return { type: 'suspended', open };
  if (input.budget?.exhausted() === true) return exhausted;

  const uncalled = unconsumed.filter(isUncalled(bound, consumptions));
  const claimed = await claimResults({ ...input, model, atRest, callsElsewhere, bound, uncalled, waiting });
  const release = (sent: boolean) => releaseResults({ runtime, scope, claimant, claimed, sent });
  const taken = waitingFor({ transcript, bound, waits, canBeShown: ({ id }) => claimed.has(id) });
  if (taken.length > 0) {
    await release(false);
    return { type: 'suspended', open: taken };
  }
  if (claimed.size === 0 && isIdle({ transcript, bound, consumptions, model, unconsumed })) {
    return { type: 'suspended', open: unconsumed };
  }

  const { shown, others } = showCalls({ bound, claimed, model });
  const answers = callsElsewhere ? orphans : [];
  const sequels = await toldSequels(runtime.store, bound);
  const shownUncalled = showUncalled({ transcript, callsElsewhere, bound, claimed, consumptions, sequels });
  const held = await heldPlaceholders(runtime, scope, answers);
  const plan = planPrompt({ transcript, shown, uncalled: shownUncalled, answers, held, others, orphans });
  const placeholders = shown.filter(({ told, leftOpen }) => told === undefined && !leftOpen);
  await markPlaceholdersSent(
    runtime,
    placeholders.map(({ call }) => call),
  );

  const sequelsElsewhere = sequels.map(({ task }) => task).filter(({ id }) => !consumptions.has(id));
  let turnId: Promise<string> | undefined;
  const id = () => {
    turnId ??= turnIdOf(scope, transcript.fingerprint());
    return turnId;
  };
  try {
    await reportClaims(runtime, claimed, id);
  } catch (error) {
    await release(false).catch(() => {}); // given back first, then reported
    throw error;
  }
  return {
    type: 'open',
    ordinary: false,
    plan,
    tells: new Set(claimed.keys()),
    id,
    release: () => release(true),
    finish: async (calls = []) => {
      const distance = distanceIn(plan, transcript);
      const again = await consumptionsOf({
        runtime,
        scope,
        tasks: [...toldElsewhere(bound), ...sequelsElsewhere],
        distance,
      });
      const told =
        claimed.size === 0
          ? []
          : await consumeResults({ runtime, scope, claimant, turn: await id(), claimed, distance });
      const news = [...again, ...told];
      if (news.length > 0 || calls.some(({ toolName }) => input.tools.has(toolName))) {
        await runtime.reportTurn(async () => ({ scope, turn: await id(), calls, results: resultsOf(news) }));
      }
      return news;
    },
  };
}

/**
 * What a run waits for, before it claims anything: for a host that can stop before its own preparations for a model
 * call. `undefined`: it may go on, as far as can be seen; {@link beginTurn} decides.
 *
 * @throws {ResponseRefusedError} as {@link beginTurn}.
 */
export async function waitingTasks(input: Omit<TurnInput, 'claimant'>): Promise<readonly TaskRecord[] | undefined> {
  const { transcript, model = {} } = input;
  const read = await readTurn({ ...input, scope: checkScope(input.scope) });
  const { bound, consumptions, unconsumed, waiting, open } = read;
  if (open.length > 0) return open;
  const ready = unconsumed.some(({ id, status }) => isTerminal(status) && !waiting.has(id));
  return !ready && isIdle({ transcript, bound, consumptions, model, unconsumed }) ? unconsumed : undefined;
}

/** Reads the history, lets in what it brings, and finds out what the run waits for. */
async function readTurn(input: Omit<TurnInput, 'claimant'>) {
  const { runtime, tools, scope, transcript, refused = 'throw' } = input;
  const { calls, orphans } = readCalls(transcript);
  const consumptions = await provenConsumptions(runtime, scope, transcript);
  const bind = (report: boolean) => bindCalls({ runtime, tools, scope, calls, consumptions, report });

  const newFrom = lastAssistant(transcript) + 1;
  await admitResponses({ runtime, tools, scope, bound: await bind(true), orphans, newFrom, refused });
  // What the history proves to be told is untold only in a store that has just been made from it.
  const unconsumed = (await settleOverdue(runtime, tools, scope)).filter(({ id }) => !consumptions.has(id));
  const bound = await bind(false);
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
function isIdle(input: {
  transcript: Transcript;
  bound: readonly BoundCall[];
  consumptions: ReadonlyMap<string, unknown>;
  model: ModelTraits;
  unconsumed: readonly TaskRecord[];
}): boolean {
  const { transcript, bound, consumptions, model, unconsumed } = input;
  if (!hasNothingNew({ transcript, bound, model })) return false;
  if (toldElsewhere(bound).length > 0) return false; // the answer that knew of them was lost: here they are news
  const ours = consumptions.size > 0 || bound.some(({ by }) => by !== 'nothing');
  return ours || unconsumed.length > 0 || lastAssistant(transcript) < transcript.messages.length - 1;
}

function resultsOf(told: readonly AsyncFunctionConsumption[]) {
  return told.map(({ turn, handle, response: { id, outcome } }) => ({ id, handle, outcome, turn }));
}

/** Told in a run whose answer is not in this history, where the request stands open: a fork, or a lost answer. */
function toldElsewhere(bound: readonly BoundCall[]): TaskRecord[] {
  const told = bound.flatMap((call) => {
    if (call.by !== 'task' || call.consumption !== undefined || call.task.consumption === undefined) return [];
    return call.results.some(({ request }) => request !== undefined) ? [call.task] : [];
  });
  return [...new Map(told.map((task) => [task.id, task])).values()];
}

/** Settled, told to nobody, and its call is not in this history (any more): its result stands at the end. */
function isUncalled(bound: readonly BoundCall[], consumptions: ReadonlyMap<string, unknown>) {
  const called = new Set(bound.flatMap((call) => (call.by === 'task' ? [call.task.id] : [])));
  return (task: TaskRecord) =>
    isTerminal(task.status) && !neverDispatched(task) && !called.has(task.id) && !consumptions.has(task.id);
}

/** Placeholders of tasks that the store knows, whose calls the provider holds. */
async function heldPlaceholders(
  runtime: Runtime,
  scope: Scope,
  answers: readonly PlacedResult[],
): Promise<HeldPlaceholder[]> {
  const found = answers.map(async (result): Promise<HeldPlaceholder[]> => {
    const id = result.response === undefined ? idNamedBy(result.request) : undefined;
    const task = id === undefined ? undefined : await runtime.store.get({ scope, id });
    return task === undefined ? [] : [{ result, name: { ...nameOfTask(task), callId: result.callId } }];
  });
  return (await Promise.all(found)).flat();
}

async function markPlaceholdersSent(runtime: Runtime, pending: readonly BoundCall[]): Promise<void> {
  for (const call of pending) {
    if (call.by !== 'task' || call.task.placeholderSentAt !== undefined || neverDispatched(call.task)) continue;
    await runtime.store.update(call.task, { placeholderSentAt: runtime.clock.now() });
  }
}

/** How far from the end of the prompt a plan puts the result of a task; 0 for one that stands at its call. */
function distanceIn(plan: PromptPlan, { messages }: Transcript): (id: string) => number {
  const places = new Map(plan.insert.flatMap(({ before, results }) => results.map(({ id }) => [id, before] as const)));
  return (id) => messages.length - (places.get(id) ?? messages.length);
}

async function releaseResults(input: {
  runtime: Runtime;
  scope: Scope;
  claimant: string;
  claimed: ReadonlyMap<string, ClaimedResult>;
  sent: boolean;
}): Promise<void> {
  const { runtime, scope, claimant, claimed, sent } = input;
  if (claimed.size === 0) return;
  await runtime.store.release({ scope, claimant, ids: [...claimed.keys()], sent });
  for (const { task } of claimed.values()) await runtime.report('task.released', task);
}

async function reportClaims(
  runtime: Runtime,
  claimed: ReadonlyMap<string, ClaimedResult>,
  turnId: () => Promise<string>,
): Promise<void> {
  for (const { task } of claimed.values()) await runtime.report('task.claimed', task, { turn: await turnId() });
}
