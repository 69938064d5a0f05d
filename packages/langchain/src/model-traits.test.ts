import assert from 'node:assert/strict';
import { ChatAnthropic } from '@langchain/anthropic';
import { AIMessage, type BaseMessage, HumanMessage } from '@langchain/core/messages';
import { type FakeBuiltModel, fakeModel } from '@langchain/core/testing';
import { MemorySaver } from '@langchain/langgraph';
import type { Json } from '@latecall/core';
import { type ScriptedModel, type StrictServer, startAnthropicServer } from '@latecall/testing';
import { createAgent, createMiddleware, initChatModel } from 'langchain';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asks, calls, done, playScene, says, thread } from '../test/fixtures.ts';
import {
  type AsyncToolFields,
  asyncFunctionRequests,
  asyncTool,
  createAsyncFunctionResponse,
  createLatecall,
  type Latecall,
} from './index.ts';

const script: ScriptedModel = [
  { ...calls(['render', { script: 'a' }]), reasoning: 'A video is wanted.' },
  { ...says('Not yet.'), reasoning: 'It is pending.' },
  { ...says('It is at u.'), reasoning: 'There it is.' },
];

function renderOf(fields: Pick<AsyncToolFields<unknown, unknown, unknown>, 'delivery'> = {}) {
  return asyncTool({
    name: 'render',
    inputSchema: z.object({ script: z.string() }),
    dispatch: () => 'job_1',
    ...fields,
  });
}

/** A conversation in which the user speaks before the result comes: run after run, each with what is new. */
async function talk(later: Latecall, run: (messages: BaseMessage[]) => Promise<BaseMessage[]>): Promise<void> {
  const paused = await run([asks()]);
  await run([new HumanMessage('Ready?')]);
  const [request] = asyncFunctionRequests(paused);
  assert.ok(request !== undefined);
  const response = createAsyncFunctionResponse<Json>({ request, outcome: done('u') });
  await run(await later.asyncFunctionResponseMessages(response));
}

/** The conversation, held by an agent. */
async function talkToAgent(
  model: Parameters<typeof createAgent>[0]['model'],
  given: Pick<Parameters<Latecall['wrap']>[0], 'middleware'> & { render?: ReturnType<typeof renderOf> } = {},
): Promise<void> {
  const later = createLatecall();
  const { render = renderOf(), middleware = [] } = given;
  const agent = createAgent({
    model,
    ...later.wrap({ tools: [render], middleware }),
    checkpointer: new MemorySaver(),
  });
  await talk(later, async (messages) => (await agent.invoke({ messages }, thread())).messages);
}

/** The conversation, held by a loop of the app's own that says which model it calls. */
async function talkInLoop(
  asked: { invoke: (prompt: BaseMessage[]) => Promise<AIMessage> },
  model: object = asked,
): Promise<void> {
  const later = createLatecall();
  const { tools, project } = later.wrap({ tools: [renderOf()], scope: { thread: 'chat-1' } });
  const messages: BaseMessage[] = [];
  await talk(later, async (added) => {
    messages.push(...added);
    const answer = await project(messages, (prompt) => asked.invoke(prompt), { model });
    assert.ok(answer !== undefined);
    messages.push(answer);
    for (const call of answer.tool_calls ?? []) messages.push((await tools[0].invoke(call)) as BaseMessage);
    return messages;
  });
}

/** Talks to Claude; gives how the late result stood in the last request. */
async function toldClaude(talkTo: (server: StrictServer) => Promise<void>): Promise<string> {
  const server = await startAnthropicServer({ model: script });
  try {
    await talkTo(server);
    expect(server.requests.map(({ refusal }) => refusal)).toEqual([undefined, undefined, undefined]);
    return howTold(server.requests.at(-1)?.body);
  } finally {
    await server.close();
  }
}

function claude(server: StrictServer, model: string, thinking?: 'manual' | 'adaptive') {
  const manual = { type: 'enabled' as const, budget_tokens: 1_024 };
  return new ChatAnthropic({
    model,
    apiKey: 'local',
    anthropicApiUrl: server.origin,
    maxRetries: 0,
    ...(thinking === undefined
      ? {}
      : { thinking: thinking === 'manual' ? manual : { type: 'adaptive' as const }, maxTokens: 4_096 }),
  });
}

/** A model that cannot be reached from here, by the name of its kind. */
function namedModel(type: string): FakeBuiltModel {
  return Object.assign(fakeModel(), { _llmType: () => type })
    .respondWithTools([{ name: 'render', args: { script: 'a' } }])
    .respond(new AIMessage('Not yet.'))
    .respond(new AIMessage('It is at u.'));
}

function toldTo(model: FakeBuiltModel): string {
  return howTold(model.calls.at(-1)?.messages);
}

function howTold(prompt: unknown): string {
  const text = JSON.stringify(prompt);
  const [append, envelope] = [text.includes('await_async_result'), text.includes('<tool_result handle')];
  return [append ? 'append' : '', envelope ? 'envelope' : ''].join('');
}

describe('a late result, told to', () => {
  it.each([
    ['Claude that thinks by hand', 'claude-sonnet-4-5', 'manual', 'envelope'],
    ['Claude that thinks by itself', 'claude-opus-5-5', 'adaptive', 'append'],
    ['Claude that does not think', 'claude-sonnet-4-5', undefined, 'append'],
  ] as const)('%s, is accepted', async (_, name, thinking, told) => {
    expect(await toldClaude((server) => talkToAgent(claude(server, name, thinking)))).toBe(told);
  });

  it('GPT, is appended', () =>
    playScene({ model: script }, async (scene) => {
      await talkToAgent(scene.model);
      expect(howTold(scene.server.requests.at(-1)?.body)).toBe('append');
    }));

  it.each([
    ['google', 'envelope'],
    ['google-genai', 'envelope'],
    ['vertexai', 'envelope'],
    ['other', 'append'],
  ])('a model of the kind "%s", is told by %s', async (type, told) => {
    const model = namedModel(type);
    await talkInLoop(model);
    expect(toldTo(model)).toBe(told);
    const inAgent = namedModel(type);
    await talkToAgent(inAgent);
    expect(toldTo(inAgent)).toBe(told);
  });

  it('a model of which nothing is said, is appended', async () => {
    const model = namedModel('google');
    await talkInLoop(model, {});
    expect(toldTo(model)).toBe('append');
  });

  it('any model, is told as the tool wants it', async () => {
    const model = namedModel('other');
    await talkToAgent(model, { render: renderOf({ delivery: 'envelope' }) });
    expect(toldTo(model)).toBe('envelope');
  });
});

describe('the model that counts', () => {
  it('is the one that a middleware of the app chooses', async () => {
    const chosen = namedModel('google');
    const choosing = createMiddleware({
      name: 'Choosing',
      wrapModelCall: (request, handler) => handler({ ...request, model: chosen }),
    });
    await talkToAgent(namedModel('other'), { middleware: [choosing] });
    expect(toldTo(chosen)).toBe('envelope');
  });

  it('is found behind bindTools', async () => {
    const told = await toldClaude((server) => {
      const model = claude(server, 'claude-sonnet-4-5', 'manual').bindTools([renderOf()]);
      return talkInLoop(model);
    });
    expect(told).toBe('envelope');
  });

  it('is found behind initChatModel', async () => {
    const told = await toldClaude(async (server) => {
      const model = await initChatModel('anthropic:claude-sonnet-4-5', {
        apiKey: 'local',
        anthropicApiUrl: server.origin,
        maxRetries: 0,
        maxTokens: 4_096,
        thinking: { type: 'enabled', budget_tokens: 1_024 },
      });
      await talkToAgent(model);
    });
    expect(told).toBe('envelope');
  });
});
