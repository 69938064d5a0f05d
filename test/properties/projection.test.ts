import { createMemoryStore, type Json, type TaskRecord, type TaskStore } from '@latecall/core';
import type { ConformanceAdapter, ConformanceTool, Provider, Reply } from '@latecall/testing';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { aiSdk } from '../../packages/ai-sdk/test/conformance-adapter.ts';
import { langchain } from '../../packages/langchain/test/conformance-adapter.ts';
import { coreLoop } from '../core-loop.ts';
import { createProvider } from '../simulation/provider.ts';
import './seed.ts';

/** What happens to a conversation and its history, one thing after the other. */
type Act =
  | { readonly act: 'say' }
  | { readonly act: 'run' }
  /** An outcome comes for the n-th open task. */
  | { readonly act: 'settle'; readonly task: number; readonly how: 'completed' | 'failed' | 'cancelled' }
  /** The app cuts the oldest messages off, up to a message of the user. */
  | { readonly act: 'trim' }
  /** A run of which the app keeps nothing. */
  | { readonly act: 'lose' }
  | { readonly act: 'wait' };

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.constantFrom<Act>({ act: 'say' }, { act: 'run' }, { act: 'trim' }, { act: 'lose' }, { act: 'wait' }),
  fc.record({
    act: fc.constant('settle' as const),
    task: fc.nat({ max: 5 }),
    how: fc.constantFrom('completed', 'failed', 'cancelled'),
  }),
);

const tool = fc.record({
  mode: fc.constantFrom('suspend', 'continue'),
  delivery: fc.constantFrom('auto', 'append', 'envelope'),
  scheduling: fc.constantFrom('interrupt', 'when-idle', 'silent'),
  deadline: fc.constantFrom(undefined, '1m'),
} as const);

const scene = fc.record({
  tools: fc.tuple(tool, tool),
  /** How many calls of each tool the model makes in its n-th answer. */
  answers: fc.array(fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 2 }), fc.boolean()), { minLength: 1, maxLength: 6 }),
  acts: fc.array(act, { minLength: 2, maxLength: 14 }),
  streaming: fc.boolean(),
  thinking: fc.constantFrom(undefined, 'manual', 'adaptive'),
} as const);

type Scene = typeof scene extends fc.Arbitrary<infer SCENE> ? SCENE : never;

async function play(adapter: ConformanceAdapter, variant: { provider: Provider; modelId?: string }, drawn: Scene) {
  const { tools: settings, answers, acts, streaming, thinking } = drawn;
  const provider = createProvider(variant.provider);
  let asked = 0;
  vi.stubGlobal('fetch', async (_: unknown, init: RequestInit) => {
    const prompt = provider.read(String(init.body));
    expect(prompt.refusal, prompt.text).toBeUndefined();
    const [first, second, says] = answers[asked % answers.length] ?? [0, 0, true];
    asked += 1;
    const ended = asked % 3 === 0; // no endless conversations
    const made = [...Array<string>(first).fill('first'), ...Array<string>(second).fill('second')];
    const toolCalls = ended ? [] : made.map((name, index) => ({ name, arguments: { work: `${asked}.${index}` } }));
    const reply: Reply = { ...(says || toolCalls.length === 0 ? { text: `Answer ${asked}.` } : {}), toolCalls };
    return provider.answer(prompt, reply, false);
  });
  let now = 1_700_000_000_000;
  const store = createMemoryStore();
  const tools = settings.map(
    ({ deadline, ...definition }, index): ConformanceTool => ({
      name: index === 0 ? 'first' : 'second',
      kind: 'async',
      inputSchema: z.object({ work: z.string() }),
      ...(variant.modelId === undefined || definition.delivery !== 'auto' ? {} : { native: true }),
      definition: {
        ...definition,
        // A model that thinks by hand refuses calls that it did not make.
        ...(thinking === 'manual' && definition.delivery === 'append' ? { delivery: 'auto' as const } : {}),
        ...(deadline === undefined ? {} : { deadline }),
        dispatch: (_, { idempotencyKey }) => ({ receipt: idempotencyKey.length }),
      },
    }),
  );
  const scope = { thread: 'thread-1' };
  const agent = adapter.create({
    ...variant,
    baseURL: 'http://provider.simulated/v1',
    streaming: adapter === coreLoop ? false : streaming,
    ...(thinking === undefined || variant.provider !== 'anthropic' ? {} : { thinking }),
    tools,
    scope,
    runtime: {
      store,
      secret: 'a secret of sixteen bytes or more',
      clock: { now: () => now, schedule: () => () => {} },
    },
  });
  let history: readonly Json[] = [agent.userMessage('Begin.')];
  for (const each of acts) {
    switch (each.act) {
      case 'say':
        history = [...history, agent.userMessage('And then?')];
        break;
      case 'run':
        history = [...history, ...(await agent.run(history)).added];
        break;
      case 'lose':
        await agent.run(history);
        break;
      case 'trim':
        history = trimmed(history);
        break;
      case 'wait':
        now += 90_000;
        break;
      case 'settle':
        await settleOne(store, each, { now, scope });
        break;
      default:
        each satisfies never;
    }
  }
  await agent.run([...history, agent.userMessage('Well?')]);
  return asked;
}

async function settleOne(
  store: TaskStore,
  { task: index, how }: Extract<Act, { act: 'settle' }>,
  { now, scope }: { now: number; scope: TaskRecord['scope'] },
): Promise<void> {
  const open = (await store.list(scope)).filter(({ status }) => status === 'working');
  const task = open[index % Math.max(open.length, 1)];
  if (task === undefined) return;
  const settlement =
    how === 'completed'
      ? ({ status: how, result: { of: task.handle } } as const)
      : how === 'failed'
        ? ({ status: how, error: { message: 'broken' } } as const)
        : ({ status: how } as const);
  await store.settle(task, { settlement, now });
}

function trimmed(history: readonly Json[]): readonly Json[] {
  const users = history.flatMap((message, index) => (isUsers(message) && index > 0 ? [index] : []));
  const [first] = users;
  return first === undefined ? history : history.slice(first);
}

function isUsers(message: Json): boolean {
  const { role, type } = message as { role?: string; type?: string };
  return role === 'user' || type === 'human';
}

const adapters = [
  { name: 'ai-sdk', adapter: aiSdk, providers: ['openai-responses', 'openai-chat', 'anthropic', 'gpt-6'] },
  { name: 'langchain', adapter: langchain, providers: ['openai-responses', 'openai-chat', 'anthropic'] },
  { name: 'core', adapter: coreLoop, providers: ['openai-chat'] },
] as const;

afterEach(() => vi.unstubAllGlobals());

describe.each(adapters)('the prompts of $name', ({ adapter, providers }) => {
  it.each(providers)('are valid for any history, any settings, by the rules of %s', async (name) => {
    const variant = name === 'gpt-6' ? { provider: 'openai-responses' as const, modelId: name } : { provider: name };
    await fc.assert(
      fc.asyncProperty(scene, async (drawn) => {
        expect(await play(adapter, variant, drawn)).toBeGreaterThan(0);
      }),
      { numRuns: 60, endOnFailure: false },
    );
  });
});
