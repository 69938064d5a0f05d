import type { AsyncFunctionRequest, InputAnswer, Json, TaskQuery, TaskRecord } from '@latecall/core';
import { generateText, type ModelMessage, streamText, tool } from 'ai';
import type { MockLanguageModelV4 } from 'ai/test';
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
  type InferAsyncFunctionResult,
} from './index.ts';

declare const model: MockLanguageModelV4;
declare const messages: ModelMessage[];

const render = asyncTool({
  inputSchema: z.object({ script: z.string() }),
  resultSchema: z.object({ url: z.string() }),
  dispatch: ({ script }) => ({ jobId: script.length }),
  onResult: (result) => {
    expectTypeOf(result).toEqualTypeOf<{ url: string }>();
    return result;
  },
  toModelOutput: ({ input, output }) => ({ type: 'text', value: `${input.script} ${output.url}` }),
});
const weather = tool({ inputSchema: z.object({ city: z.string() }), execute: ({ city }) => ({ city, sky: 'clear' }) });
const agent = createLatecall().wrap({ model, tools: { render, weather }, scope: { thread: 't' } });

type Request = AsyncFunctionRequest<{ script: string }, { jobId: number }>;

describe('inference without annotations', () => {
  it('gives dispatch its input', () => {
    asyncTool({
      inputSchema: z.object({ script: z.string() }),
      dispatch: (input, { idempotencyKey, callback, signal }) => {
        expectTypeOf(input).toEqualTypeOf<{ script: string }>();
        expectTypeOf(idempotencyKey).toEqualTypeOf<string>();
        expectTypeOf(callback).toEqualTypeOf<{ readonly url: string; readonly token: string } | undefined>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      },
    });
  });

  it('gives dispatch the tool’s own context', () => {
    asyncTool({
      inputSchema: z.object({}),
      contextSchema: z.object({ apiKey: z.string() }),
      dispatch: (_input, { context }) => expectTypeOf(context).toEqualTypeOf<{ apiKey: string }>(),
    });
  });

  it('goes from the tool through the spread to the results of a step', async () => {
    const { toolResults } = await generateText({ ...agent, messages });
    for (const result of toolResults) {
      if (result.dynamic === true) continue;
      if (result.toolName === 'render') expectTypeOf(result.output).toEqualTypeOf<Request>();
      if (result.toolName === 'weather') expectTypeOf(result.output).toEqualTypeOf<{ city: string; sky: string }>();
    }
    const streamed = await streamText({ ...agent, messages }).toolResults;
    for (const result of streamed) {
      if (result.dynamic !== true && result.toolName === 'render') expectTypeOf(result.output).toEqualTypeOf<Request>();
    }
  });

  it('goes from the tools to the open requests', () => {
    for (const request of asyncFunctionRequests(messages, agent.tools)) {
      expectTypeOf(request.functionCall.name).toEqualTypeOf<'render'>();
      expectTypeOf(request.functionCall.arguments).toEqualTypeOf<{ script: string }>();
      expectTypeOf(request.dispatchResult).toEqualTypeOf<{ jobId: number }>();
    }
  });

  it('goes from resultSchema to the outcomes', () => {
    for (const { toolName, outcome } of asyncFunctionOutcomes(messages, agent.tools)) {
      expectTypeOf(toolName).toEqualTypeOf<'render'>();
      if (outcome.status === 'completed') expectTypeOf(outcome.result).toEqualTypeOf<{ url: string }>();
    }
    expectTypeOf<InferAsyncFunctionResult<typeof render>>().toEqualTypeOf<{ url: string }>();
  });
});

describe('the settings of a tool', () => {
  it('are given its input, its result and its task', () => {
    asyncTool({
      inputSchema: z.object({ script: z.string(), after: z.array(z.string()) }),
      resultSchema: z.object({ url: z.string() }),
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
    asyncTool({ inputSchema: z.object({}), dispatch: () => null, idempotencyKey: () => 42 });
    // @ts-expect-error it is accepted or refused
    asyncTool({ inputSchema: z.object({}), dispatch: () => null, lateResult: 'ignore' });
  });
});

describe('the task query', () => {
  const later = createLatecall();
  const asking = later.wrap({ model, tools: { render, checkTasks: later.taskQuery() }, scope: { thread: 't' } });

  it('is an async tool with a question and an answer', () => {
    for (const request of asyncFunctionRequests(messages, asking.tools)) {
      expectTypeOf(request.functionCall.name).toEqualTypeOf<'render' | 'checkTasks'>();
      if (request.functionCall.name !== 'checkTasks') continue;
      expectTypeOf(request.functionCall.arguments).toExtend<TaskQuery | { script: string }>();
    }
    type Query = ReturnType<typeof later.taskQuery>;
    expectTypeOf<InferAsyncFunctionResult<Query>>().toEqualTypeOf<Json>();
    expectTypeOf<Parameters<Query['execute']>[0]>().toEqualTypeOf<TaskQuery>();
  });

  it('gives steps the request, and not the answer', async () => {
    const { toolResults } = await generateText({ ...asking, messages });
    for (const result of toolResults) {
      if (result.dynamic === true || result.toolName !== 'checkTasks') continue;
      expectTypeOf(result.output).toEqualTypeOf<AsyncFunctionRequest<TaskQuery, { readonly answeredBy: 'latecall' }>>();
    }
  });
});

describe('a budget', () => {
  it('is an option of wrap', () => {
    const budget = createBudget({ turns: 20, workingTime: '5m', spent: { turns: 1, ms: 10 } });
    expectTypeOf(budget).toEqualTypeOf<Budget>();
    expectTypeOf(budget.spent()).toEqualTypeOf<{ readonly turns: number; readonly ms: number }>();
    createLatecall().wrap({ model, tools: { render }, scope: { thread: 't' }, budget });
    // @ts-expect-error a budget is made by createBudget
    createLatecall().wrap({ model, tools: { render }, scope: { thread: 't' }, budget: { turns: 20 } });
  });
});

describe('a receipt used as a result does not compile', () => {
  it('has no field of the result on the output of a step', async () => {
    const { toolResults } = await generateText({ ...agent, messages });
    for (const result of toolResults) {
      if (result.dynamic === true || result.toolName !== 'render') continue;
      // @ts-expect-error the output is the request; the result comes later
      result.output.url;
      expectTypeOf(result.output).not.toExtend<InferAsyncFunctionResult<typeof render>>();
    }
  });

  it('does not take a receipt as the result of a response', () => {
    const [request] = asyncFunctionRequests(messages, agent.tools);
    if (request === undefined) return;
    // @ts-expect-error the receipt is not the result
    createAsyncFunctionResponse<InferAsyncFunctionResult<typeof render>>({ request, result: request.dispatchResult });
  });
});
