import { checkScope, type Scope } from '../base/scope.ts';
import type { AsyncFunctionConsumption } from '../parts/consumption.ts';
import type { Runtime } from '../runtime.ts';
import { isTerminal, neverDispatched, type TaskRecord } from '../task/task.ts';
import type { BoundCall } from './bind-calls.ts';
import type { Budget } from './budget.ts';
import { type ClaimedResult, claimResults, consumeResults, consumptionsOf } from './claim-results.ts';
import { asksWhilePending } from './idle-turns.ts';
import { isOrdinary, ordinaryPlan } from './ordinary.ts';
import { type HeldPlaceholder, type PromptPlan, planPrompt } from './plan-prompt.ts';
import type { PlacedResult } from './read-calls.ts';
import { idNamedBy } from './read-proofs.ts';
import { isIdle, isUncalled, readTurn, toldElsewhere } from './read-turn.ts';
import { nameOfTask, showCalls, showUncalled, toldSequels } from './show-calls.ts';
import type { Transcript } from './transcript.ts';
import type { OpenTurn, SuspendedTurn, TurnInput } from './turn.ts';
import { turnIdOf } from './turn-id.ts';
import { waitingFor } from './waiting.ts';

/**
 * Everything that is decided before a model call, the same for every host: which results in the messages are genuine,
 * which tasks have expired, whether the run waits, which results this prompt shows for the first time (and nobody
 * else's does), and where each of them stands.
 *
 * @throws {ResponseRefusedError} for new responses in the messages that cannot be taken.
 */
export function beginTurn(input: TurnInput): Promise<SuspendedTurn | OpenTurn> {
  const { budget } = input;
  return budget === undefined ? decideTurn(input) : decideWithin(budget, input);
}

async function decideWithin(budget: Budget, input: TurnInput): Promise<SuspendedTurn | OpenTurn> {
  if (input.atRest !== false) budget.start();
  const turn = await decideTurn(input);
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
  return budget?.exhausted() === true ? exhausted : ordinaryTurn({ ...input, scope });
}

const exhausted: SuspendedTurn = { type: 'suspended', open: [], exhausted: true };

/** The answer may hold the first call of an async tool. */
function ordinaryTurn({ runtime, tools, scope, transcript, idleTurns }: Omit<TurnInput, 'claimant'>): OpenTurn {
  const id = once(() => turnIdOf(scope, transcript.fingerprint()));
  return {
    type: 'open',
    ordinary: tools.size === 0,
    plan: ordinaryPlan,
    tells: new Set(),
    restsWhilePending: tools.size > 0 && !asksWhilePending(transcript, idleTurns),
    id,
    finish: async (calls = []) => {
      if (calls.some(({ toolName }) => tools.has(toolName))) {
        await runtime.reportTurn(async () => ({ scope, turn: await id(), calls, results: [] }));
      }
      return [];
    },
    release: async () => {},
  };
}

function once<VALUE>(compute: () => VALUE): () => VALUE {
  let computed: { readonly value: VALUE } | undefined;
  return () => {
    computed ??= { value: compute() };
    return computed.value;
  };
}

/** Something of ours is in the conversation, or may come into it. */
async function decideOwnTurn(input: TurnInput): Promise<SuspendedTurn | OpenTurn> {
  const { runtime, scope, transcript, model = {}, atRest = true, callsElsewhere = false } = input;
  const claimant = typeof input.claimant === 'string' ? input.claimant : input.claimant();
  const read = await readTurn(input);
  const { orphans, consumptions, unconsumed, waiting, bound, waits, open } = read;
  if (open.length > 0) return { type: 'suspended', open };
  if (input.budget?.exhausted() === true) return exhausted;

  const uncalled = unconsumed.filter(isUncalled(bound, consumptions));
  const claimed = await claimResults({ ...input, claimant, model, atRest, callsElsewhere, bound, uncalled, waiting });
  const release = (sent: boolean) => releaseResults({ runtime, scope, claimant, claimed, sent });
  const taken = waitingFor({ transcript, bound, waits, canBeShown: ({ id }) => claimed.has(id) });
  if (taken.length > 0) {
    await release(false);
    return { type: 'suspended', open: taken };
  }
  if (claimed.size === 0 && (await isIdle(input, read))) {
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
  const id = once(() => turnIdOf(scope, transcript.fingerprint()));
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
    restsWhilePending: !asksWhilePending(transcript, input.idleTurns),
    id,
    release: () => release(true),
    finish: async (calls = []) => {
      const distance = distanceIn(plan, transcript);
      const again = await consumptionsOf({
        runtime,
        scope,
        tasks: [...toldElsewhere(transcript, bound), ...sequelsElsewhere],
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
  const scope = checkScope(input.scope);
  const read = await readTurn({ ...input, scope });
  const { unconsumed, waiting, open } = read;
  if (open.length > 0) return open;
  if (unconsumed.some(({ id, status }) => isTerminal(status) && !waiting.has(id))) return undefined;
  return (await isIdle({ ...input, scope }, read)) ? unconsumed : undefined;
}

function resultsOf(told: readonly AsyncFunctionConsumption[]) {
  return told.map(({ turn, handle, response: { id, outcome } }) => ({ id, handle, outcome, turn }));
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
