import { type AuditEvent, createMemoryStore } from '@latecall/core';
import type { ConformanceAdapter, Reply } from '@latecall/testing';
import { aiSdk } from '../../packages/ai-sdk/test/conformance-adapter.ts';
import { langchain } from '../../packages/langchain/test/conformance-adapter.ts';
import { coreLoop } from '../core-loop.ts';
import { type App, createApp } from './app.ts';
import { createCommits } from './commits.ts';
import { watchStore } from './facts.ts';
import { createHistories } from './history.ts';
import { withHostGlobals } from './host-globals.ts';
import { createLocks } from './locks.ts';
import { createOracle, goodbye, request } from './oracle.ts';
import { createOutside } from './outside.ts';
import { createLife, type Life } from './process.ts';
import { createPromptLaws } from './prompt-laws.ts';
import { createProvider, type SentPrompt } from './provider.ts';
import { createRandom } from './random.ts';
import { checkRest } from './rest-laws.ts';
import { createRuns, type Run } from './runs.ts';
import { type Settings, type Simplification, settingsOf } from './settings.ts';
import { createWorld } from './world.ts';

/** What became of a seed. */
export interface SimulationResult {
  readonly seed: number;
  readonly settings: Settings;
  /** The first law that did not hold, and how. */
  readonly broken?: { readonly law: string; readonly message: string };
  readonly steps: number;
  /** The same for everything that happens the same. */
  readonly digest: string;
  readonly trace: readonly string[];
  readonly counts: Readonly<Record<'runs' | 'modelCalls' | 'tasks' | 'told' | 'deaths' | 'messages', number>>;
}

export interface SimulationOptions {
  /** What of the seed to switch off. */
  readonly without?: readonly Simplification[];
  /** Keeps each step in words. @default false */
  readonly keepTrace?: boolean;
}

const adapters: Readonly<Record<Settings['host'], ConformanceAdapter>> = {
  'ai-sdk': aiSdk,
  langchain,
  core: coreLoop,
};

const minute = 60_000;
/** For so long things happen and go wrong; then for so long nothing new happens; then each conversation goes on once. */
const [busy, quiet, last] = [15 * minute, 25 * minute, 10 * minute];

/** Plays one seed: the same each time. */
export async function simulate(
  seed: number,
  { without = [], keepTrace = false }: SimulationOptions = {},
): Promise<SimulationResult> {
  const settings = settingsOf(seed, without);
  const { faults } = settings;
  const random = createRandom('simulation', seed);
  const world = createWorld({ seed, keepTrace });
  const audit: AuditEvent[] = [];
  const facts = watchStore(world, createMemoryStore());
  const threads = Array.from({ length: settings.threads }, (_, index) => `thread-${index + 1}`);
  const histories = createHistories(world, threads);
  const runs = createRuns();
  const locks = createLocks(world, createRandom('locks', seed));
  const provider = createProvider(settings.provider);
  const oracle = createOracle(settings, createRandom('moods', seed));
  const later = createRandom('more', seed);
  const commits = createCommits({ world, random: later, most: settings.more.commits, withinMs: busy });
  const laws = createPromptLaws({
    ...{ world, settings, facts, commits },
    outside: () => outside,
    quietSince: () => quietSince,
  });
  const adapter = adapters[settings.host];
  const apps = new Map<Life, App>();
  /** Whole answers. */
  const answered = new WeakMap<Response, SentPrompt>();
  const lastRuns = new Map<string, Run>();
  let [modelCalls, deaths, quietSince] = [0, 0, Number.POSITIVE_INFINITY];

  const fetch: typeof globalThis.fetch = (input, init = {}) => {
    const run = runs.runAt(new URL(input instanceof Request ? input.url : input));
    const { signal } = init;
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      const asked = run.life.ask(
        `asks the model in run ${run.number}`,
        () => {
          if (signal?.aborted === true) return undefined;
          return answer(run, String(init.body));
        },
        { lostRequest: faults.model / 4, lostAnswer: faults.model / 4 },
      );
      asked.then(
        (response) => {
          if (response === undefined) return;
          run.life.clock.schedule(() => {
            run.answered = answered.get(response) ?? run.answered;
            resolve(response);
          }, random.below(6_000));
        },
        (error: unknown) => reject(new TypeError('fetch failed', { cause: error })),
      );
    });
  };
  const answer = (run: Run, text: string): Response => {
    const prompt = provider.read(text);
    modelCalls += 1;
    laws.check(run, prompt);
    run.sent.push(prompt);
    const fails = (probability: number) => !world.calm && random.chance(probability);
    if (fails(faults.model)) return provider.answer(prompt, { status: random.pick([500, 529, 429]) }, false);
    const reply: Reply = oracle(prompt.view);
    const breaks = fails(faults.model / 2);
    world.say(`the model answers run ${run.number}: ${JSON.stringify(reply)}${breaks ? ', cut off' : ''}`);
    const response = provider.answer(prompt, reply, breaks);
    if (!breaks) answered.set(response, prompt);
    return response;
  };

  const someApp = () => {
    const alive = [...apps].filter(([life]) => life.alive).map(([, app]) => app);
    return alive.length === 0 ? undefined : random.pick(alive);
  };
  const outside = createOutside({
    world,
    random: createRandom('outside', seed),
    faults,
    facts,
    serve: (request) => {
      const app = someApp();
      const lost = (probability: number) => !world.calm && random.chance(probability);
      if (app === undefined || lost(faults.lostRequest)) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        world.after(30_000, () => resolve(undefined));
        void app.serve(request).then((status) => {
          world.after(random.below(30), () => resolve(lost(faults.lostAnswer) ? undefined : status));
        });
      });
    },
  });
  const startProcess = (name: string, number: number) => {
    const life = createLife({
      world,
      random,
      faults,
      name: `${name}.${number}`,
      skewMs: faults.skewMs === 0 ? 0 : random.below(faults.skewMs),
      onKilled: () => {
        deaths += 1;
        world.after(random.below(world.calm ? 1_000 : 90_000), () => void startProcess(name, number + 1));
      },
    });
    const app = createApp({
      ...{ world, random, settings, adapter, life, facts, histories, outside, runs, locks, commits },
      audit: (event) => void audit.push(event),
      onSaved: (run) => {
        laws.keep(run, histories.read(run.thread).length);
        if (run.answered !== undefined) lastRuns.set(run.thread, run);
      },
    });
    apps.set(life, app);
    world.say(`${life.name} starts`);
    return app.start();
  };
  const withSomeApp = (work: (app: App) => Promise<void>) => {
    const app = someApp();
    if (app === undefined) world.after(5_000, () => withSomeApp(work));
    else void work(app).catch((error: unknown) => world.say(`a user is told: ${String(error)}`));
  };

  const play = async () => {
    const begin = world.now;
    world.say(JSON.stringify(settings));
    for (let index = 0; index < settings.processes; index += 1) {
      world.after(random.below(1_000), () => void startProcess(`p${index + 1}`, 1));
    }
    for (const [index, thread] of threads.entries()) {
      let at = 2_000;
      for (let count = 1; count <= settings.messages; count += 1) {
        at += random.pick([random.below(3_000), random.below(60_000), random.below(3 * minute)]);
        world.after(at, () => withSomeApp((app) => app.hear(thread, request(`u${index + 1}-${count}`))));
      }
    }
    for (let count = 0; count < settings.cancels; count += 1) {
      world.after(random.below(10 * minute), () => withSomeApp((app) => app.cancelOne(random.pick(threads))));
    }
    for (let count = 0; count < settings.more.ends; count += 1) {
      const thread = later.pick(threads);
      world.after(later.below(busy), () => withSomeApp((app) => app.cancelAll(thread)));
    }
    await world.until(begin + busy);
    world.say('nothing goes wrong any more');
    world.calm = true;
    await world.until(begin + busy + quiet - 5 * minute);
    quietSince = world.now;
    await world.until(begin + busy + quiet);
    quietSince = Number.POSITIVE_INFINITY;
    for (const thread of threads) withSomeApp((app) => app.hear(thread, goodbye));
    await world.until(begin + busy + quiet + last);
    if (world.broken === undefined) {
      checkRest({ world, settings, facts, histories, outside, audit, lastRuns });
    }
  };
  await withHostGlobals({ world, random: createRandom('host', seed), fetch }, play);

  const { broken } = world;
  const tasks = [...facts.tasks.values()];
  return {
    seed,
    settings,
    ...(broken === undefined ? {} : { broken: { law: broken.law, message: broken.message } }),
    steps: world.steps,
    digest: world.digest,
    trace: world.trace,
    counts: {
      runs: runs.all.length,
      modelCalls,
      tasks: tasks.length,
      told: tasks.filter(({ consumption }) => consumption !== undefined).length,
      deaths,
      messages: threads.reduce((sum, thread) => sum + histories.read(thread).length, 0),
    },
  };
}
