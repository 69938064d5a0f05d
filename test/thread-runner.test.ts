import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import nodeProcess from 'node:process';
import { promisify } from 'node:util';
import {
  type AsyncToolDefinition,
  createMemoryStore,
  createThreadRunner,
  type Json,
  type Outcome,
  type Scope,
  type TaskStore,
  type ThreadRunner,
} from '@latecall/core';
import {
  type ConformanceAdapter,
  type ConformanceTool,
  createFakeClock,
  createGate,
  createOutsideWorld,
  type ModelPolicy,
  type Reply,
  type ScriptedModel,
  startOpenAIServer,
} from '@latecall/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { aiSdk } from '../packages/ai-sdk/test/conformance-adapter.ts';
import { langchain } from '../packages/langchain/test/conformance-adapter.ts';
import { sqliteStore } from '../packages/stores/src/sqlite.ts';

const scope: Scope = { tenant: 'acme', thread: 'chat-1' };
const calls = (...scripts: string[]): Reply => ({
  toolCalls: scripts.map((script) => ({ name: 'render', arguments: { script } })),
});
const done = (url: string): Outcome => ({ status: 'completed', result: { url } });
const minute = 60_000;

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

interface AppOptions {
  readonly model: ScriptedModel;
  /** @default a memory store */
  readonly store?: TaskStore;
  readonly tool?: Pick<AsyncToolDefinition, 'deadline' | 'mode'>;
}

/** An app: one database of histories and tasks, and processes that come and go. */
async function createApp(adapter: ConformanceAdapter, options: AppOptions) {
  const server = await startOpenAIServer({ model: options.model });
  endings.push(() => server.close());
  const clock = createFakeClock();
  const { store = createMemoryStore() } = options;
  const history: Json[] = [];
  const answers: string[] = [];
  const answer = createGate();
  const outside = createOutsideWorld({ clock, deliver: ({ id, outcome }) => process().agent.settle({ id, outcome }) });
  const render: ConformanceTool = {
    name: 'render',
    kind: 'async',
    inputSchema: z.object({ script: z.string() }),
    definition: {
      resultSchema: z.object({ url: z.string() }),
      dispatch: (input: unknown, { id, idempotencyKey }) => outside.submit({ id, idempotencyKey, input }),
      ...options.tool,
    },
  };

  /** What one process holds: its own objects, on the common store unless another is given. */
  const process = (own: { store?: TaskStore; clock?: typeof clock } = {}) => {
    const runtime = { store, clock, secret: 'a secret of the tests', takeOverAfter: '10m', ...own } as const;
    const { baseURL } = server;
    const setup = { provider: 'openai-chat', baseURL, streaming: false, tools: [render], scope, runtime } as const;
    const agent = adapter.create(setup);
    const run = async () => {
      const { added, text } = await agent.run([...history]);
      history.push(...(JSON.parse(JSON.stringify(added)) as Json[]));
      if (text === '') return;
      answers.push(text);
      answer.open();
    };
    const runner = () => {
      const errors: unknown[] = [];
      const made = createThreadRunner({ ...runtime, run, onError: (error) => void errors.push(error) });
      return { ...made, errors };
    };
    const says = async (text: string) => {
      history.push(agent.userMessage(text));
      await run();
    };
    return { agent, says, runner };
  };
  const comes = (script: string, outcome: Outcome) => {
    const job = outside.jobs.find(({ input }) => (input as { script: string }).script === script);
    if (job === undefined) throw new Error(`The outside was never asked for "${script}".`);
    return outside.finish(job, outcome);
  };
  const open = async () => (await store.list(scope, { consumed: false })).length;
  return { server, clock, store, answers, answered: answer.opened, process, comes, open };
}

async function started(runner: ThreadRunner): Promise<ThreadRunner> {
  await runner.start();
  endings.push(() => runner.stop());
  return runner;
}

/** A store as a process has it that dies with the first claim: nothing it asks for is ever answered. */
function dyingWithItsClaim(store: TaskStore): { store: TaskStore; dead: Promise<void> } {
  let die: () => void = () => {};
  let isDead = false;
  const dead = new Promise<void>((resolve) => {
    die = resolve;
  });
  const methods = Object.entries(store).map(([name, method]) => {
    const dying = async (...given: unknown[]) => {
      if (isDead) return new Promise(() => {});
      const answer: unknown = await method(...given);
      if (name !== 'claim') return answer;
      isDead = true;
      die();
      return new Promise(() => {});
    };
    return [name, name === 'subscribe' ? method : dying];
  });
  return { store: Object.fromEntries(methods), dead };
}

describe.each([
  ['AI SDK', aiSdk],
  ['LangChain', langchain],
])('a thread runner over the %s', (_, adapter) => {
  it('answers when the result comes, and nobody has asked', async () => {
    const app = await createApp(adapter, { model: [calls('a'), { text: 'It is at u-a.' }, { text: 'Bye.' }] });
    const runner = await started(app.process().runner());
    await app.process().says('Render a.');
    await runner.idle();
    expect([app.answers, app.server.requests.length]).toEqual([[], 1]);
    await app.comes('a', done('u-a'));
    await runner.idle();
    expect(app.answers).toEqual(['It is at u-a.']);
    expect(await app.open()).toBe(0);
    await app.process().says('Thanks.');
    expect(app.answers).toEqual(['It is at u-a.', 'Bye.']);
    expect(app.server.requests.map(({ refusal }) => refusal)).toEqual([undefined, undefined, undefined]);
  });

  it('makes one model call of two results that come at once to two runners', async () => {
    const app = await createApp(adapter, { model: [calls('a', 'b'), { text: 'Both.' }, { text: 'Bye.' }] });
    const runners = [await started(app.process().runner()), await started(app.process().runner())];
    await app.process().says('Render a and b.');
    await Promise.all([app.comes('a', done('u-a')), app.comes('b', done('u-b'))]);
    for (let time = 0; time < 30; time += 1) {
      for (const runner of runners) await runner.idle();
      await app.clock.advance(minute);
    }
    expect([app.answers, app.server.requests.length, await app.open()]).toEqual([['Both.'], 2, 0]);
    await app.process().says('Thanks.');
    expect(app.answers).toEqual(['Both.', 'Bye.']);
  });

  it('tells, unasked, of a result that lands while a run is going on', async () => {
    const [asked, answer] = [createGate(), createGate()];
    const replies: Reply[] = [
      calls('a', 'b'),
      { text: 'Started.' },
      { text: 'a is at u-a.', before: answer.opened },
      { text: 'b is at u-b.' },
    ];
    const model: ModelPolicy = () => {
      const [reply = { status: 400 }] = replies.splice(0, 1);
      if (replies.length === 1) asked.open();
      return reply;
    };
    const app = await createApp(adapter, { model, tool: { mode: 'continue' } });
    const runner = await started(app.process().runner());
    await app.process().says('Render a and b.');
    await app.comes('a', done('u-a'));
    await asked.opened;
    await app.comes('b', done('u-b'));
    answer.open();
    await runner.idle();
    expect(app.answers).toEqual(['Started.', 'a is at u-a.', 'b is at u-b.']);
    expect(await app.open()).toBe(0);
  });

  it('takes over from a runner that died with its claim, when its time is up', async () => {
    const app = await createApp(adapter, { model: [calls('a'), { text: 'It is at u-a.' }] });
    const { store, dead } = dyingWithItsClaim(app.store);
    await app.process().says('Render a.');
    await app.comes('a', done('u-a'));
    await app.process({ store, clock: createFakeClock() }).runner().start(); // nobody is left to stop it
    await dead;
    const runner = await started(app.process().runner());
    await runner.idle();
    await app.clock.advance(10 * minute - 1);
    await runner.idle();
    expect([app.answers, app.server.requests.length]).toEqual([[], 1]);
    await app.clock.advance(1);
    await runner.idle();
    expect([app.answers, app.server.requests.length, await app.open()]).toEqual([['It is at u-a.'], 2, 0]);
  });

  it('finds at its start what was settled while nothing ran', async () => {
    const app = await createApp(adapter, { model: [calls('a'), { text: 'It is at u-a.' }] });
    await app.process().says('Render a.');
    await app.comes('a', done('u-a'));
    const runner = await started(app.process().runner());
    await runner.idle();
    expect(app.answers).toEqual(['It is at u-a.']);
  });

  it('tells of a deadline that passes while nobody does anything', async () => {
    const app = await createApp(adapter, {
      model: [calls('a'), { text: 'It took too long.' }],
      tool: { deadline: '15m' },
    });
    const runner = await started(app.process().runner());
    await app.process().says('Render a.');
    await runner.idle();
    await app.clock.advance(15 * minute - 1);
    await runner.idle();
    expect(app.server.requests).toHaveLength(1);
    await app.clock.advance(1);
    await runner.idle();
    expect(app.answers).toEqual(['It took too long.']);
  });

  it('tries again when the provider fails', async () => {
    const model: Reply[] = [calls('a'), { status: 400 }, { text: 'It is at u-a.' }];
    const app = await createApp(adapter, { model });
    const runner = app.process().runner();
    await started(runner);
    await app.process().says('Render a.');
    await app.comes('a', done('u-a'));
    await runner.idle();
    expect([runner.errors.length, app.answers, await app.open()]).toEqual([1, [], 1]);
    await app.clock.advance(1_000);
    await runner.idle();
    expect([runner.errors.length, app.answers, await app.open()]).toEqual([1, ['It is at u-a.'], 0]);
  });

  it('hears of results that another process has put into the SQLite file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latecall-'));
    endings.push(async () => rmSync(folder, { recursive: true }));
    const open = () => {
      const store = sqliteStore(join(folder, 'tasks.db'));
      endings.push(async () => store.close());
      return store;
    };
    const app = await createApp(adapter, { model: [calls('a', 'b'), { text: 'Both.' }], store: open() });
    const runners = [app.process({ store: open() }).runner(), app.process({ store: open() }).runner()];
    for (const runner of runners) await started(runner);
    await app.process().says('Render a and b.');
    await app.comes('a', done('u-a'));
    await app.comes('b', done('u-b'));
    await app.answered;
    for (const runner of runners) {
      await runner.wake(scope);
      await runner.idle();
    }
    expect([app.answers, app.server.requests.length, await app.open()]).toEqual([['Both.'], 2, 0]);
  });
});

it('keeps no process alive', async () => {
  const program = `
    import { createMemoryStore, createThreadRunner } from '@latecall/core';
    const runner = createThreadRunner({ store: createMemoryStore(), run: async () => {} });
    await runner.start();
    console.log('started');
  `;
  const node = promisify(execFile);
  const { stdout } = await node(nodeProcess.execPath, ['--input-type=module', '--eval', program], {
    cwd: import.meta.dirname,
  });
  expect(stdout).toBe('started\n');
});
