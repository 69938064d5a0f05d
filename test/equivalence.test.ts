import {
  type AuditEvent,
  createMemoryStore,
  type Json,
  type Outcome,
  type Scope,
  type TaskRecord,
} from '@latecall/core';
import {
  type ConformanceAdapter,
  type ConformanceTool,
  createFakeClock,
  createOutsideWorld,
  type Reply,
  startOpenAIServer,
} from '@latecall/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { aiSdk } from '../packages/ai-sdk/test/conformance-adapter.ts';
import { langchain } from '../packages/langchain/test/conformance-adapter.ts';
import { coreLoop } from './core-loop.ts';

/** What happens to a conversation, one thing after the other. */
type Step =
  | { readonly says: string }
  | { readonly runs: true }
  | { readonly comes: Readonly<Record<string, Outcome>> }
  | { readonly passes: number };

interface Story {
  readonly model: readonly Reply[];
  readonly tool?: Partial<Extract<ConformanceTool, { kind: 'async' }>['definition']>;
  readonly steps: readonly Step[];
}

const calls = (...scripts: string[]): Reply => ({
  toolCalls: scripts.map((script) => ({ name: 'render', arguments: { script } })),
});
const says = (text: string): Reply => ({ text });
const done = (url: Json): Outcome => ({ status: 'completed', result: { url } });
const failed: Outcome = { status: 'failed', error: { message: 'The farm burnt down.' } };

const stories: Readonly<Record<string, Story>> = {
  'two results, out of order': {
    model: [calls('a', 'b'), says('Both.')],
    steps: [
      { says: 'Render a and b.' },
      { comes: { b: done('u-b') } },
      { runs: true },
      { comes: { a: done('u-a') } },
      { runs: true },
    ],
  },
  'a failure, and a duplicate of it': {
    model: [calls('a'), says('It failed.')],
    steps: [
      { says: 'Render a.' },
      { comes: { a: failed } },
      { comes: { a: failed } },
      { comes: { a: done('u') } },
      { runs: true },
    ],
  },
  'a conversation that has moved on': {
    model: [calls('a'), says('Not yet.'), says('It is at u-a.'), says('Bye.')],
    steps: [
      { says: 'Render a.' },
      { says: 'And?' },
      { comes: { a: done('u-a') } },
      { runs: true },
      { says: 'Thanks.' },
    ],
  },
  'a model that goes on working': {
    model: [calls('a', 'b'), says('Started.'), says('a is at u-a.'), says('b is at u-b.')],
    tool: { mode: 'continue' },
    steps: [
      { says: 'Render a and b.' },
      { comes: { a: done('u-a') } },
      { runs: true },
      { comes: { b: done('u-b') } },
      { runs: true },
    ],
  },
  'a deadline that passes': {
    model: [calls('a'), says('It took too long.')],
    tool: { deadline: '15m' },
    steps: [{ says: 'Render a.' }, { passes: 900_000 }, { comes: { a: done('late') } }, { runs: true }],
  },
  'results by envelope, and a chained call': {
    model: [calls('a'), says('Not yet.'), calls('b'), says('Both.')],
    tool: { delivery: 'envelope' },
    steps: [
      { says: 'Render a, then b.' },
      { says: 'And?' },
      { comes: { a: done('u-a') } },
      { runs: true },
      { comes: { b: done('u-b') } },
      { runs: true },
    ],
  },
};

describe('core by hand, the AI SDK and LangChain come to the same', () => {
  for (const [name, story] of Object.entries(stories)) {
    it(name, async () => {
      const byHand = await tell(coreLoop, story);
      expect(byHand.runs.length).toBeGreaterThan(1);
      expect(await tell(aiSdk, story)).toEqual(byHand);
      expect(await tell(langchain, story)).toEqual(byHand);
    });
  }
});

/** Plays a story through one host: what each run came to, the tasks at the end, and the audit. */
async function tell(adapter: ConformanceAdapter, { model, tool = {}, steps }: Story) {
  const server = await startOpenAIServer({ model });
  const clock = createFakeClock();
  const audit: AuditEvent[] = [];
  const scope: Scope = { tenant: 'acme', thread: 'thread-1' };
  const store = createMemoryStore();
  const outside = createOutsideWorld({ clock, deliver: () => undefined });
  const render: ConformanceTool = {
    name: 'render',
    kind: 'async',
    inputSchema: z.object({ script: z.string() }),
    definition: {
      resultSchema: z.object({ url: z.string() }),
      dispatch: (input: unknown, { id, idempotencyKey }) => outside.submit({ id, idempotencyKey, input }),
      ...tool,
    },
  };
  const runtime = {
    store,
    clock,
    secret: 'a secret of the tests',
    audit: (event: AuditEvent) => void audit.push(event),
  };
  const setup = {
    provider: 'openai-chat',
    baseURL: server.baseURL,
    streaming: false,
    tools: [render],
    scope,
    runtime,
  } as const;
  const agent = () => adapter.create(setup); // as if each run were in another process
  const history: Json[] = [];
  const runs: { text: string; modelCalls: number; open: number }[] = [];
  const verdicts: string[] = [];

  const run = async () => {
    const before = server.requests.length;
    const { added, text } = await agent().run(history);
    history.push(...(JSON.parse(JSON.stringify(added)) as Json[]));
    const open = (await store.list(scope, { consumed: false })).length;
    runs.push({ text, modelCalls: server.requests.length - before, open });
  };
  try {
    for (const step of steps) {
      if ('says' in step) {
        history.push(agent().userMessage(step.says));
        await run();
      } else if ('comes' in step) {
        for (const [script, outcome] of Object.entries(step.comes)) {
          const job = outside.jobs.find(({ input }) => (input as { script: string }).script === script);
          const { verdict } = await agent().settle({ id: job?.id ?? '', outcome, scope });
          verdicts.push(verdict);
        }
      } else if ('passes' in step) await clock.advance(step.passes);
      else await run();
    }
  } finally {
    await server.close();
  }
  const tasks = await store.list(scope);
  const scripts = new Map(tasks.map((task) => [task.id, (task.arguments as { script: string }).script]));
  return {
    runs,
    verdicts,
    refused: server.requests.map(({ refusal }) => refusal),
    dispatches: outside.log.map(({ type }) => type),
    tasks: tasks.map(comparable).toSorted(byScript),
    // Two calls of one step run at once: their events may alternate.
    audit: Object.fromEntries(
      [...scripts].map(([id, script]) => [script, audit.filter((event) => event.id === id).map(what)]),
    ),
  };
}

function comparable({
  toolName,
  arguments: args,
  status,
  settlement,
  delivery,
  consumption,
  placeholderSentAt,
}: TaskRecord) {
  const told = consumption === undefined ? undefined : { outcome: consumption.outcome, at: consumption.at };
  return { toolName, args, status, settlement, delivery: delivery?.kind, told, placeholderSentAt };
}

function byScript({ args: one }: { args: Json }, { args: other }: { args: Json }): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}

function what({ type, at, detail }: AuditEvent) {
  return { type, at, detail };
}
