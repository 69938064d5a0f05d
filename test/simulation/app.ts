import {
  type AsyncToolDefinition,
  type AuditEvent,
  createLatecallTasks,
  createRuntime,
  createThreadRunner,
  isOpen,
  type Json,
  type RuntimeOptions,
} from '@latecall/core';
import type { ConformanceAdapter } from '@latecall/testing';
import { createCallbackRoute } from '@latecall/web';
import type { Commits } from './commits.ts';
import type { Facts } from './facts.ts';
import { faultyStore } from './faulty-store.ts';
import { type Histories, lastSpeaker } from './history.ts';
import type { Locks } from './locks.ts';
import type { OutsideWorld } from './outside.ts';
import type { Life } from './process.ts';
import type { Random } from './random.ts';
import type { Run, Runs } from './runs.ts';
import type { Settings } from './settings.ts';
import { createTools } from './tools.ts';
import type { World } from './world.ts';

const callbackUrl = 'https://app.simulated/callback';
const takeOverAfterMs = 300_000;

/** What one process of the app does. */
export interface App {
  /** The user says something: it is saved, and the agent runs. */
  hear(thread: string, text: string): Promise<void>;
  /** Cancels a task that waits, if there is one. */
  cancelOne(thread: string): Promise<void>;
  /** Cancels everything that waits. */
  cancelAll(thread: string): Promise<void>;
  /** Answers a callback. */
  serve(request: Request): Promise<number>;
  start(): Promise<void>;
}

export interface AppSetup {
  readonly world: World;
  readonly random: Random;
  readonly settings: Settings;
  readonly adapter: ConformanceAdapter;
  readonly life: Life;
  readonly facts: Facts;
  readonly histories: Histories;
  readonly outside: OutsideWorld;
  readonly runs: Runs;
  readonly locks: Locks;
  readonly commits: Commits;
  readonly audit: (event: AuditEvent) => void;
  /** Told of what a run has appended. */
  readonly onSaved: (run: Run) => void;
}

export function createApp(setup: AppSetup): App {
  const { world, random, settings, adapter, life, facts, histories, runs, locks } = setup;
  const { faults, more } = settings;
  const store = faultyStore({ world, random, faults, life, store: facts.store });
  const tools = createTools({ settings, life, outside: setup.outside, random });
  const definitions = new Map(
    tools.flatMap((tool): [string, AsyncToolDefinition][] =>
      tool.kind === 'async' ? [[tool.name, tool.definition]] : [],
    ),
  );
  const options: RuntimeOptions = {
    store,
    secret: 'a secret that all processes share',
    callbackUrl,
    takeOverAfter: takeOverAfterMs,
    clock: life.clock,
    randomBytes: random.bytes,
    audit: (event) => life.ask(`audit ${event.type} ${event.id}`, () => setup.audit(event)),
    policy: {
      authorize: ({ at, task }) =>
        life.ask(`policy ${at} ${task.id}`, () => {
          if (!world.calm && random.chance(faults.policy)) throw new Error('the policy is down');
          const allow = world.calm || !random.chance(faults.refusal);
          if (!allow) world.say(`refused at ${at}: ${task.id}`);
          return allow;
        }),
      ...(more.commits === 0 ? {} : { snapshot: () => life.ask('snapshot', setup.commits.snapshot) }),
    },
  };
  const tasks = createLatecallTasks(createRuntime(options), (all: typeof definitions) => all);
  const { handler } = createCallbackRoute({
    later: tasks,
    tools: definitions,
    clock: life.clock,
    onError: (error) => world.say(`${life.name} answers 500: ${String(error)}`),
  });
  const agentFor = (thread: string, origin = 'http://nowhere.simulated') =>
    adapter.create({
      provider: settings.provider,
      baseURL: `${origin}/v1`,
      ...(settings.modelId === undefined ? {} : { modelId: settings.modelId }),
      ...(settings.thinking === undefined ? {} : { thinking: settings.thinking }),
      idleTurns: settings.more.idleTurns,
      streaming: settings.streaming,
      tools,
      scope: { thread },
      runtime: options,
    });

  const running = new Map<string, number>();
  /** @param ifUnanswered Only if somebody has spoken whom nobody has answered. */
  const runAgent = async (thread: string, ifUnanswered = false) => {
    running.set(thread, (running.get(thread) ?? 0) + 1);
    try {
      await (settings.locks ? runLocked(thread, ifUnanswered) : runNow(thread, ifUnanswered));
    } finally {
      running.set(thread, (running.get(thread) ?? 1) - 1);
    }
  };
  const runLocked = async (thread: string, ifUnanswered: boolean) => {
    const surely = { lostRequest: 0, lostAnswer: 0 };
    while (!(await life.ask(`takes the lock of ${thread}`, () => locks.take(thread, life), surely))) {
      await new Promise<void>((resolve) => void life.clock.schedule(resolve, 2_500));
    }
    try {
      await runNow(thread, ifUnanswered);
    } finally {
      await life.ask(`frees the lock of ${thread}`, () => locks.free(thread, life), surely);
    }
  };
  const runNow = async (thread: string, ifUnanswered: boolean) => {
    const history = await life.ask(`reads ${thread}`, () => histories.read(thread));
    if (ifUnanswered && !(await isUnanswered(thread, history))) return;
    const run = runs.begin({ thread, life, base: history.length });
    world.say(`${life.name} runs ${thread} as run ${run.number} over ${history.length} messages`);
    try {
      const { added } = await agentFor(thread, runs.originOf(run)).run(history, { signal: signalFor(run) });
      if (added.length === 0) return;
      await life.ask(`appends to ${thread}`, () => {
        histories.append(thread, added, history.length);
        setup.onSaved(run);
      });
    } finally {
      run.over = true;
    }
  };
  /** Some runs are given up in the middle: somebody has closed the page. */
  const signalFor = (run: Run) => {
    const controller = new AbortController();
    if (!world.calm && random.chance(faults.abort)) {
      life.clock.schedule(() => {
        if (run.over) return;
        world.say(`run ${run.number} is given up`);
        controller.abort(new DOMException('The page was closed.', 'AbortError'));
      }, random.below(10_000));
    }
    return controller.signal;
  };
  /** What fails is tried again by the runner, or found when the conversations are looked through. */
  const quietly = (work: Promise<unknown>) =>
    work.catch((error: unknown) => {
      world.say(`${life.name}: ${String(error).split('\n', 1)[0]}`);
    });

  const runner = createThreadRunner({
    store,
    clock: life.clock,
    takeOverAfter: takeOverAfterMs,
    rescanEvery: '3m',
    retryAfter: '2s',
    retryAtMost: '1m',
    audit: options.audit,
    run: ({ thread }) => runAgent(thread),
    onError: (error) => world.say(`${life.name}, runner: ${String(error).split('\n', 1)[0]}`),
  });
  /** For the store a result is done with when a model was told of it; whether the answer was saved, only the app knows. */
  const lookThrough = async () => {
    for (const thread of histories.threads) {
      if ((running.get(thread) ?? 0) > 0) continue;
      const history = await life.ask(`looks at ${thread}`, () => histories.read(thread));
      if (await isUnanswered(thread, history)) await quietly(runAgent(thread, true));
    }
  };
  /** Somebody has spoken, or a model was told of a result in an answer that is not here. */
  const isUnanswered = async (thread: string, history: readonly Json[]) => {
    if (history.length === 0) return false;
    if (lastSpeaker(history) !== 'agent') return true;
    for (const { id } of agentFor(thread).requests(history)) {
      const task = await store.get({ scope: { thread }, id });
      if (task?.consumption !== undefined) return true;
    }
    return false;
  };
  const lookThroughAgain = () => {
    void quietly(lookThrough());
    life.clock.schedule(lookThroughAgain, 90_000);
  };
  const startRunner = async (): Promise<void> => {
    try {
      await runner.start();
    } catch (error) {
      world.say(`${life.name} cannot start its runner: ${String(error)}`);
      life.clock.schedule(startRunner, 2_000);
    }
  };

  return {
    hear: async (thread, text) => {
      const message = agentFor(thread).userMessage(text);
      await life.ask(`saves what the user says in ${thread}: ${text}`, () => histories.say(thread, message));
      await quietly(runAgent(thread, true));
    },
    cancelOne: async (thread) => {
      const open = (await store.list({ thread }, { consumed: false })).filter(isOpen);
      if (open.length === 0) return;
      const { id } = random.pick(open);
      const { verdict } = await tasks.cancel({ id, scope: { thread }, tools: definitions });
      world.say(`${life.name} cancels ${id}: ${verdict}`);
    },
    cancelAll: async (thread) => {
      const cancelled = await tasks.cancelAll({ scope: { thread }, tools: definitions });
      world.say(`${life.name} cancels all ${cancelled.length} of ${thread}`);
    },
    serve: async (request) => (await handler(request)).status,
    start: async () => {
      await startRunner();
      lookThroughAgain();
    },
  };
}
