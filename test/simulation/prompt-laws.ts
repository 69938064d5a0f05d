import {
  type Json,
  neverDispatched,
  type Outcome,
  sameJson,
  settlementOf,
  type TaskRecord,
  tell,
  toOutcome,
} from '@latecall/core';
import type { ViewMessage } from '@latecall/testing';
import type { Commits } from './commits.ts';
import type { Facts } from './facts.ts';
import { member, resultIn } from './oracle.ts';
import type { OutsideWorld } from './outside.ts';
import type { SentPrompt } from './provider.ts';
import type { Run } from './runs.ts';
import type { Settings } from './settings.ts';
import { type ShownOutput, shownIn } from './shown.ts';
import type { World } from './world.ts';

/** What a provider was sent for an answer that is in the history. */
interface KeptPrompt {
  readonly prompt: SentPrompt;
  /** How long the history was with the answer in it. */
  readonly length: number;
  readonly at: number;
}

export interface PromptLaws {
  /** Holds a prompt against the laws, when it reaches the provider. */
  check(run: Run, prompt: SentPrompt): void;
  /** An answer of this run is in the history of its conversation. */
  keep(run: Run, length: number): void;
}

export function createPromptLaws(setup: {
  world: World;
  settings: Settings;
  facts: Facts;
  commits: Commits;
  outside: () => OutsideWorld;
  /** Since when nothing happens but what was ordered before. */
  quietSince: () => number;
}): PromptLaws {
  const { world, settings, facts, commits, outside, quietSince } = setup;
  const kept = new Map<string, KeptPrompt[]>();
  /** Who showed results that nobody had been told, by claimant. */
  const claimants = new Map<string, Run>();

  const checkNothingOfOurs = ({ text }: SentPrompt, thread: string) => {
    const ids = facts.tasksOf(thread).map(({ id }) => id);
    for (const ours of ['latecall', 'async-function', 'async_function', 'task_', ...ids, ...outside().secrets]) {
      const at = text.indexOf(ours);
      if (at >= 0) world.break('5', `"${ours}" reached the provider: …${text.slice(Math.max(0, at - 200), at + 100)}…`);
    }
  };

  /** What may be told of a task: whether it is fresh was asked some seconds ago. */
  const tellingsOf = ({ consumption, snapshot }: TaskRecord, outcome: Outcome): Parameters<typeof tell>[0][] => {
    if (consumption !== undefined) return [consumption];
    const isFresh = settings.more.commits === 0 || sameJson(snapshot ?? null, commits.snapshot());
    if (outcome.status !== 'completed' || isFresh) return [{ outcome }];
    return [{ outcome, stale: true }, ...(commits.changedAt > world.now - 60_000 ? [{ outcome }] : [])];
  };

  const checkOutput = ({ output, call }: ShownOutput, run: Run, task: TaskRecord | undefined): void => {
    if (task === undefined) {
      if (resultIn(output) !== undefined) world.break('1', `${call} has a result, and there is no task`);
      return;
    }
    if (neverDispatched(task)) return;
    if (member(output, 'status') === 'dispatched') {
      if (member(output, 'handle') !== task.handle) world.break('12', `${call} has the handle of another call`);
      return;
    }
    const settlement = settlementOf(task);
    if (settlement === undefined) {
      world.break('1', `${call} shows ${JSON.stringify(output)}, and it is open`);
      return;
    }
    const withheld = typeof output === 'string' && output.startsWith('Withheld');
    const expected = tellingsOf(task, toOutcome(settlement)).map((told): Json => {
      const telling = tell(told);
      return telling.kind === 'error' ? telling.text : telling.value;
    });
    const fits =
      expected.some((each) => sameJson(each, output as Json)) || (task.consumption === undefined && withheld);
    if (!fits) world.break('6', `${call} shows ${JSON.stringify(output)} instead of ${JSON.stringify(expected)}`);
    const result = resultIn(output);
    const work = member(task.arguments, 'work');
    if (result !== undefined && result.of !== work)
      world.break('3', `${call} for ${String(work)} shows that of ${result.of}`);
    if (task.consumption === undefined && run.life.alive) checkClaim(run, task);
  };

  const checkClaim = (run: Run, { id, claim }: TaskRecord) => {
    if (claim === undefined) return world.break('4', `run ${run.number} shows ${id} without a claim`);
    const before = claimants.get(claim.claimant);
    if (before !== undefined && before !== run) world.break('4', `runs ${before.number} and ${run.number} show ${id}`);
    claimants.set(claim.claimant, run);
  };

  const checkShown = (run: Run, { view }: SentPrompt) => {
    const tasks = facts.tasksOf(run.thread);
    const told = new Map<string, number>();
    for (const shown of shownIn(view)) {
      const task = tasks.find(({ callIds, handle }) =>
        shown.handle === undefined ? callIds.includes(shown.callId) : handle === shown.handle,
      );
      if (shown.handle !== undefined && task === undefined) world.break('12', `nothing has the handle ${shown.handle}`);
      checkOutput(shown, run, task);
      if (task === undefined || member(shown.output, 'status') === 'dispatched') continue;
      told.set(task.id, (told.get(task.id) ?? 0) + 1);
      const times = told.get(task.id) ?? 0;
      if (times > Math.max(1, task.callIds.length)) world.break('4', `${task.id} stands ${times} times in a prompt`);
    }
  };

  const checkNonces = ({ text }: SentPrompt, thread: string) => {
    const allowed = facts
      .tasksOf(thread)
      .map((task) => JSON.stringify(task.consumption?.outcome ?? settlementOf(task) ?? null))
      .join(' ');
    for (const [nonce] of text.matchAll(/nonce-\d+x/g)) {
      if (!allowed.includes(nonce)) world.break('6', `${nonce} was never let in, and stands in a prompt of ${thread}`);
    }
  };

  /**
   * Results whose place a run had fixed that was lost, so that an answer which knew nothing of them came before them:
   * whatever their place is now, one of the two prompts that were sent is not continued.
   */
  const isForked = ({ id }: TaskRecord, { at }: KeptPrompt, known: ReadonlySet<string>) => {
    const fixedAt = facts.fixedAt(id);
    return !known.has(id) && fixedAt !== undefined && fixedAt <= at;
  };

  const forkedIn = (run: Run, before: SentPrompt): TaskRecord[] => {
    const keptBefore = (kept.get(run.thread) ?? []).filter(({ length }) => length <= run.base);
    const last = keptBefore.at(-1);
    const tasks = facts.tasksOf(run.thread);
    const known = new Set(keptBefore.flatMap(({ prompt }) => knownIn(prompt, tasks)));
    const shown = new Set(knownIn(before, tasks));
    return last === undefined ? [] : tasks.filter((task) => isForked(task, last, known) && shown.has(task.id));
  };

  const checkGrowth = (run: Run, prompt: SentPrompt) => {
    if (!settings.locks) return; // two runs at once: one of them is a fork
    const before = run.answered ?? (kept.get(run.thread) ?? []).findLast(({ length }) => length <= run.base)?.prompt;
    if (before === undefined) return;
    if (run.answered === undefined && forkedIn(run, prompt).length > 0) return;
    const old = blocksOf(before.body);
    const now = blocksOf(prompt.body);
    const changed = old.findIndex((block, index) => block !== now[index]);
    if (changed >= 0) {
      world.break('13', `block ${changed} was sent as ${old[changed]} and is now ${now[changed]} (run ${run.number})`);
    }
    if (JSON.stringify(before.body.tools) !== JSON.stringify(prompt.body.tools)) world.break('13', 'the tools changed');
  };

  const checkWaiting = (run: Run, prompt: SentPrompt) => {
    const { view } = prompt;
    const { messages } = view;
    const alone = settings.locks && forkedIn(run, prompt).length === 0;
    if (alone && messages.at(-1)?.role === 'assistant')
      world.break('7', `the model is asked about its own last words: ${ends(view)}`);
    const step = messages.findLastIndex(isStep);
    if (step < 0 || messages.slice(step).some(isUser)) return;
    const shown = shownIn(view);
    const came = new Set(shown.flatMap(({ handle }) => handle ?? []));
    const placeholders = new Set(
      shown
        .filter(
          ({ output }) => member(output, 'status') === 'dispatched' && !came.has(String(member(output, 'handle'))),
        )
        .map(({ callId }) => callId),
    );
    const calls = messages[step]?.toolCalls ?? [];
    const behind = messages.slice(step + 1);
    const isReceipt = ({ role, toolResults }: ViewMessage) =>
      role === 'tool' && toolResults.every(({ callId }) => placeholders.has(callId));
    const isIdle = calls.length > 0 && calls.every(({ callId }) => placeholders.has(callId)) && behind.every(isReceipt);
    if (alone && isIdle && rests(messages)) world.break('7', `the model is asked about receipts alone: ${ends(view)}`);
    for (const { name, callId } of calls) {
      const tool = settings.tools.find((each) => each.name === name);
      if (tool?.mode === 'suspend' && placeholders.has(callId))
        world.break('7', `the model is asked while ${name} ${callId} waits: ${ends(view)}`);
    }
  };

  /** Nothing but pending calls brings the model another turn. */
  const rests = (messages: readonly ViewMessage[]) => {
    const { idleTurns } = settings.more;
    const isAnswer = (message: ViewMessage) => isStep(message) && ownCalls(message).length === 0;
    const answered = messages.slice(messages.findLastIndex(isUser) + 1).some(isAnswer);
    return idleTurns === 'never' || (idleTurns === 'once' && answered);
  };

  /** An order may take long: whoever is asked all the same is told of a result that has come since. */
  const checkQuiet = (run: Run, prompt: SentPrompt) => {
    if (world.now <= quietSince() || run.sent.length > 0) return;
    const tasks = facts.tasksOf(run.thread);
    const known = new Set(knownIn(prompt, tasks));
    const isNews = ({ id, consumption, settledAt = 0 }: TaskRecord) =>
      known.has(id) && consumption === undefined && settledAt > quietSince() - 60_000;
    if (!tasks.some(isNews)) world.break('7', `run ${run.number} asks the model although nothing happens`);
  };

  return {
    check: (run, prompt) => {
      if (prompt.refusal !== undefined) world.break('5', `refused: ${JSON.stringify(prompt.refusal)} ${prompt.text}`);
      checkNothingOfOurs(prompt, run.thread);
      checkShown(run, prompt);
      checkNonces(prompt, run.thread);
      checkGrowth(run, prompt);
      checkWaiting(run, prompt);
      checkQuiet(run, prompt);
    },
    keep: ({ thread, answered }, length) => {
      if (answered !== undefined) {
        kept.set(thread, [...(kept.get(thread) ?? []), { prompt: answered, length, at: world.now }]);
      }
    },
  };
}

/** A message of the model itself, not the call that only brings a late result. */
function isStep(message: ViewMessage): boolean {
  return message.role === 'assistant' && (message.texts.length > 0 || ownCalls(message).length > 0);
}

/** The calls that the model made itself. */
function ownCalls({ toolCalls }: ViewMessage) {
  return toolCalls.filter(({ name }) => name !== 'await_async_result');
}

function isUser({ role, texts }: ViewMessage): boolean {
  return role === 'user' && texts.some((text) => !text.includes('<tool_result handle='));
}

/** The tasks whose outcome a prompt shows. */
function knownIn({ view }: SentPrompt, tasks: readonly TaskRecord[]): string[] {
  const told = shownIn(view).filter(({ output }) => member(output, 'status') !== 'dispatched');
  return tasks.flatMap(({ id, handle, callIds }) =>
    told.some((shown) => shown.handle === handle || (shown.handle === undefined && callIds.includes(shown.callId)))
      ? [id]
      : [],
  );
}

/** The blocks of a wire body in order, each with its role: what a provider's prompt cache is made over. */
function blocksOf(body: SentPrompt['body']): string[] {
  const messages = [body.input ?? body.messages].flat() as { content?: unknown }[];
  return messages.flatMap((message) => {
    if (!Array.isArray(message.content)) return [JSON.stringify(message)];
    const { content, ...rest } = message;
    return content.map((block: unknown) => JSON.stringify([rest, block]));
  });
}

/** The end of a prompt, for people. */
function ends({ messages }: SentPrompt['view']): string {
  return JSON.stringify(messages.slice(-4));
}
