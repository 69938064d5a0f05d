import type { LanguageModelLike } from '@langchain/core/language_models/base';
import type { BaseMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import type { AsyncFunctionRequest, InputAnswer, Json, Scope, TaskRecord } from '@latecall/core';
import { type AgentMiddleware, createAgent, createMiddleware, summarizationMiddleware } from 'langchain';
import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import {
  asyncFunctionOutcomes,
  asyncFunctionRequests,
  asyncTool,
  type Budget,
  createAsyncFunctionResponse,
  createBudget,
  createLatecall,
  type HostConfig,
  type InferAsyncFunctionResult,
} from './index.ts';

declare const model: LanguageModelLike;
declare const messages: BaseMessage[];

const render = asyncTool({
  name: 'render',
  inputSchema: z.object({ script: z.string() }),
  resultSchema: z.object({ url: z.string() }),
  dispatch: ({ script }) => ({ jobId: script.length }),
  onResult: (result) => {
    expectTypeOf(result).toEqualTypeOf<{ url: string }>();
    return result;
  },
  toModelOutput: ({ input, output }) => `${input.script} ${output.url}`,
  publicReceipt: ({ jobId }) => jobId,
});
const send = asyncTool({
  name: 'send',
  inputSchema: z.object({ to: z.string() }),
  resultSchema: z.object({ sent: z.boolean() }),
  dispatch: () => 'receipt',
});
const weather = tool(({ city }) => `Clear in ${city}.`, { name: 'weather', schema: z.object({ city: z.string() }) });
const counting = createMiddleware({ name: 'Counting', stateSchema: z.object({ count: z.number().default(0) }) });

const later = createLatecall();
const wrapped = later.wrap({
  tools: [render, weather, send],
  middleware: [counting, summarizationMiddleware({ model: 'openai:gpt-5' })],
});

type RenderRequest = AsyncFunctionRequest<{ script: string }, { jobId: number }>;

describe('inference without annotations', () => {
  it('gives dispatch its input and its context', () => {
    asyncTool({
      name: 'render',
      inputSchema: z.object({ script: z.string(), tries: z.number().default(3) }),
      dispatch: (input, { idempotencyKey, callback, signal, toolCallId, config }) => {
        expectTypeOf(input).toEqualTypeOf<{ script: string; tries: number }>();
        expectTypeOf(idempotencyKey).toEqualTypeOf<string>();
        expectTypeOf(callback).toEqualTypeOf<{ readonly url: string; readonly token: string } | undefined>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        expectTypeOf(toolCallId).toEqualTypeOf<string>();
        expectTypeOf(config).toEqualTypeOf<HostConfig>();
      },
    });
  });

  it('says nothing about the input of a JSON schema', () => {
    asyncTool({
      name: 'render',
      inputSchema: { type: 'object', properties: {} },
      dispatch: (input) => expectTypeOf(input).toBeUnknown(),
    });
  });

  it('keeps the names of tools', () => {
    expectTypeOf(render.name).toEqualTypeOf<'render'>();
    expectTypeOf(asyncTool(weather).name).toExtend<string>();
  });

  it('keeps each tool as what it was', () => {
    expectTypeOf(wrapped.tools).toEqualTypeOf<[typeof render, typeof weather, typeof send]>();
    expectTypeOf(wrapped.middleware).toExtend<readonly AgentMiddleware[]>();
  });

  it('goes from the tools to the open requests, told apart by name', () => {
    for (const request of asyncFunctionRequests(messages, wrapped.tools)) {
      const { name } = request.functionCall;
      expectTypeOf(name).toEqualTypeOf<'render' | 'send'>();
    }
    for (const request of asyncFunctionRequests(messages, [render])) {
      expectTypeOf(request.functionCall.name).toEqualTypeOf<'render'>();
      expectTypeOf(request.functionCall.arguments).toEqualTypeOf<{ script: string }>();
      expectTypeOf(request.dispatchResult).toEqualTypeOf<{ jobId: number }>();
      expectTypeOf(request).toExtend<RenderRequest>();
    }
  });

  it('goes from resultSchema to the outcomes, told apart by name', () => {
    for (const told of asyncFunctionOutcomes(messages, wrapped.tools)) {
      if (told.toolName === 'render' && told.outcome.status === 'completed') {
        expectTypeOf(told.outcome.result).toEqualTypeOf<{ url: string }>();
      }
      if (told.toolName === 'send' && told.outcome.status === 'completed') {
        expectTypeOf(told.outcome.result).toEqualTypeOf<{ sent: boolean }>();
      }
    }
    expectTypeOf<InferAsyncFunctionResult<typeof render>>().toEqualTypeOf<{ url: string }>();
    expectTypeOf<InferAsyncFunctionResult<typeof weather>>().toBeNever();
  });

  it('goes from resultSchema to the result of a tool made from another', () => {
    const made = asyncTool(weather, {
      resultSchema: z.object({ url: z.string() }),
      onResult: (result) => {
        expectTypeOf(result).toEqualTypeOf<{ url: string }>();
        return result;
      },
    });
    expectTypeOf<InferAsyncFunctionResult<typeof made>>().toEqualTypeOf<{ url: string }>();
  });
});

describe('what is spread into createAgent', () => {
  it('compiles with async tools, plain tools and middleware of the app', async () => {
    const agent = createAgent({ model, ...wrapped });
    const state = await agent.invoke({ messages }, { configurable: { thread_id: 't' } });
    expectTypeOf(asyncFunctionRequests(state, wrapped.tools)).not.toBeAny();
    expectTypeOf(state.messages).toExtend<BaseMessage[]>();
  });

  it('compiles with one tool, no middleware and the other options of the agent', async () => {
    const agent = createAgent({
      model,
      ...later.wrap({ tools: [render] }),
      systemPrompt: 'You render.',
      responseFormat: z.object({ answer: z.string() }),
    });
    const { structuredResponse } = await agent.invoke({ messages });
    expectTypeOf(structuredResponse).toEqualTypeOf<{ answer: string }>();
  });

  it('has a scope, or a function that finds one', () => {
    later.wrap({ tools: [render], scope: { thread: 't' } });
    later.wrap({ tools: [render], scope: ({ configurable }) => ({ thread: String(configurable?.thread_id) }) });
    // @ts-expect-error a thread is what a scope is about
    later.wrap({ tools: [render], scope: { tenant: 'acme' } });
  });
});

describe('the settings of a tool', () => {
  it('are given its input and its task', () => {
    asyncTool({
      name: 'render',
      inputSchema: z.object({ script: z.string(), after: z.array(z.string()).default([]) }),
      dispatch: () => null,
      idempotencyKey: (input) => {
        expectTypeOf(input).toEqualTypeOf<{ script: string; after: string[] }>();
        return input.script;
      },
      dependsOn: (input) => {
        expectTypeOf(input).toEqualTypeOf<{ script: string; after: string[] }>();
        return input.after;
      },
      onInput: (answer, task) => {
        expectTypeOf(answer).toEqualTypeOf<InputAnswer>();
        expectTypeOf(answer.answer).toEqualTypeOf<Json>();
        expectTypeOf(task).toEqualTypeOf<TaskRecord>();
      },
      lateResult: 'accept',
      staleResult: 'refuse',
    });
    // @ts-expect-error a key is a text
    asyncTool({ name: 'render', inputSchema: z.object({}), dispatch: () => null, idempotencyKey: () => 42 });
    // @ts-expect-error it is marked or refused
    asyncTool({ name: 'render', inputSchema: z.object({}), dispatch: () => null, staleResult: 'hide' });
  });
});

describe('the task query', () => {
  it('keeps its name and has an answer that is JSON', () => {
    const query = later.taskQuery();
    const named = later.taskQuery('look_after');
    expectTypeOf(query.name).toEqualTypeOf<'check_tasks'>();
    expectTypeOf(named.name).toEqualTypeOf<'look_after'>();
    expectTypeOf<InferAsyncFunctionResult<typeof query>>().toEqualTypeOf<Json>();
    const asking = later.wrap({ tools: [render, named] });
    for (const request of asyncFunctionRequests(messages, asking.tools)) {
      expectTypeOf(request.functionCall.name).toEqualTypeOf<'render' | 'look_after'>();
    }
    createAgent({ model, ...asking });
  });
});

describe('a budget', () => {
  it('is found for a conversation', () => {
    const budget = createBudget({ turns: 20, workingTime: '5m' });
    expectTypeOf(budget).toEqualTypeOf<Budget>();
    later.wrap({
      tools: [render],
      budget: (scope) => {
        expectTypeOf(scope).toEqualTypeOf<Scope>();
        return scope.thread === 't' ? budget : undefined;
      },
    });
    // @ts-expect-error an agent has many conversations, each with a budget of its own
    later.wrap({ tools: [render], budget });
  });
});

describe('a receipt used as a result does not compile', () => {
  it('has no field of the result on a request', () => {
    for (const request of asyncFunctionRequests(messages, [render])) {
      // @ts-expect-error the receipt is no result
      request.dispatchResult.url;
      expectTypeOf(request.dispatchResult).not.toExtend<InferAsyncFunctionResult<typeof render>>();
      expectTypeOf(request).not.toExtend<InferAsyncFunctionResult<typeof render>>();
    }
  });

  it('does not take a receipt as the result of a response', () => {
    const [request] = asyncFunctionRequests(messages, [render]);
    if (request === undefined) return;
    createAsyncFunctionResponse<InferAsyncFunctionResult<typeof render>>({ request, result: { url: 'u' } });
    // @ts-expect-error the receipt is not the result
    createAsyncFunctionResponse<InferAsyncFunctionResult<typeof render>>({ request, result: request.dispatchResult });
  });

  it('does not give the tool’s own call a result', async () => {
    const answer = await render.invoke({ script: 'a' });
    // @ts-expect-error the answer is the placeholder
    answer.url;
  });
});

describe('what no chat model of LangChain has', () => {
  it('is no delivery: calls that stay open', () => {
    // @ts-expect-error native is not among the deliveries
    asyncTool({ name: 'render', inputSchema: z.object({}), dispatch: () => null, delivery: 'native' });
    // @ts-expect-error nor for all tools
    later.wrap({ tools: [render], delivery: 'native' });
    later.wrap({ tools: [render], delivery: 'envelope' });
  });
});
