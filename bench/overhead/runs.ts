import { HumanMessage } from '@langchain/core/messages';
import { tool as langchainTool } from '@langchain/core/tools';
import * as forAi from '@latecall/ai-sdk';
import type { RuntimeOptions } from '@latecall/core';
import * as forLangchain from '@latecall/langchain';
import {
  generateText,
  isStepCount,
  type LanguageModelMiddleware,
  type ModelMessage,
  streamText,
  type ToolSet,
  tool,
  wrapLanguageModel,
} from 'ai';
import { createAgent, createMiddleware } from 'langchain';
import { z } from 'zod';
import { repeated, type Work } from '../lib/alternate.ts';
import { InstantChatModel, instantModel } from './models.ts';

const schema = z.object({ amount: z.number() });
const result = { done: true, amount: 1 };
const plain = { work: tool({ inputSchema: schema, execute: async () => result }) } satisfies ToolSet;
const late = forAi.asyncTool({ inputSchema: schema, dispatch: async () => ({ jobId: 'job_1' }) });
const asks: ModelMessage[] = [{ role: 'user', content: 'Do the work.' }];

export const hosts = ['generateText', 'streamText', 'createAgent'] as const;
export type Host = (typeof hosts)[number];

/** One conversation from the question to the answer, with one call of a tool. */
export interface Runs {
  /** The bare host, a plain tool. */
  readonly bare: Work;
  /** The bare host, stopped after the step with the call and invoked again. */
  readonly bareTwice: Work;
  /** The bare host with hooks at the places where Latecall has its own, that do nothing: the host's price of them. */
  readonly hooked: Work;
  /** With these hooks, stopped after the step with the call and invoked again. */
  readonly hookedTwice: Work;
  /** With Latecall around it, and no async tool. */
  readonly wrapped: Work;
  /** The tool is async: dispatched, settled in the store, told in a second run. */
  readonly late: (options?: RuntimeOptions) => Work;
}

const idleMiddleware: LanguageModelMiddleware = {
  specificationVersion: 'v4',
  wrapGenerate: ({ model, params }) => model.doGenerate(params),
  wrapStream: ({ model, params }) => model.doStream(params),
};

type AiSettings = Pick<Parameters<typeof generateText>[0], 'model' | 'tools' | 'stopWhen' | 'prepareStep'>;

function aiRuns(streaming: boolean): Runs {
  const model = instantModel();
  const run = async (settings: AiSettings, messages: ModelMessage[]) => {
    const given = { ...settings, messages } as Parameters<typeof generateText>[0];
    if (!streaming) return (await generateText(given)).responseMessages;
    const streamed = streamText(given as Parameters<typeof streamText>[0]);
    for await (const _ of streamed.textStream);
    return streamed.responseMessages;
  };
  const later = forAi.createLatecall();
  const twice = async (settings: Pick<AiSettings, 'model' | 'tools' | 'prepareStep'>) => {
    const first = await run({ ...settings, stopWhen: isStepCount(1) }, asks);
    await run({ ...settings, stopWhen: isStepCount(20) }, [...asks, ...first]);
  };
  const bare = { model, tools: plain };
  /** Wrapped anew for each request, as with Latecall. */
  const hooked = () => ({
    model: wrapLanguageModel({ model, middleware: idleMiddleware }),
    tools: plain,
    prepareStep: async () => ({}),
  });
  return {
    bare: repeated(() => run({ ...bare, stopWhen: isStepCount(20) }, asks)),
    bareTwice: repeated(() => twice(bare)),
    hooked: repeated(() => run({ ...hooked(), stopWhen: isStepCount(20) }, asks)),
    hookedTwice: repeated(() => twice(hooked())),
    wrapped: repeated((index) =>
      run(later.wrap({ model, tools: plain, scope: { thread: `thread-${index}` } }) as AiSettings, asks),
    ),
    late: (options = {}) => {
      const asyncLater = forAi.createLatecall(options);
      const tools = { work: late } satisfies ToolSet;
      return repeated(async (index) => {
        const scope = { thread: `thread-${index}` };
        const first = await run(asyncLater.wrap({ model, tools, scope }) as AiSettings, asks);
        const messages = [...asks, ...first];
        const [request] = forAi.asyncFunctionRequests(messages);
        const outcome = { status: 'completed', result } as const;
        await asyncLater.settle({ id: request?.id ?? '', outcome, scope, tools });
        await run(asyncLater.wrap({ model, tools, scope }) as AiSettings, messages);
        await asyncLater.store.purge({ before: Date.now() + 1, which: 'all', scope }); // so that the store stays small
      });
    },
  };
}

function langchainRuns(): Runs {
  const model = new InstantChatModel();
  const plainTool = langchainTool(async () => JSON.stringify(result), { name: 'work', schema });
  const lateTool = forLangchain.asyncTool({
    name: 'work',
    inputSchema: schema,
    dispatch: async () => ({ jobId: 'job_1' }),
  });
  const question = () => new HumanMessage('Do the work.');
  const bareAgent = createAgent({ model, tools: [plainTool] });
  const lastTool = langchainTool(async () => JSON.stringify(result), { name: 'work', schema, returnDirect: true });
  const later = forLangchain.createLatecall();
  const wrappedAgent = createAgent({ model, ...later.wrap({ tools: [plainTool] }) });
  const idle = createMiddleware({
    name: 'Idle',
    beforeModel: { canJumpTo: ['end', 'tools'], hook: () => undefined },
    afterAgent: { canJumpTo: ['model'], hook: () => undefined },
  });
  const around = createMiddleware({ name: 'Around', wrapModelCall: (request, handler) => handler(request) });
  const middleware = [idle, around];
  const hookedAgent = createAgent({ model, tools: [plainTool], middleware });
  const stopping = createAgent({ model, tools: [lastTool] });
  const hookedStopping = createAgent({ model, tools: [lastTool], middleware });
  const config = (index: number) => ({ configurable: { thread_id: `thread-${index}` } });
  return {
    bare: repeated((index) => bareAgent.invoke({ messages: [question()] }, config(index))),
    bareTwice: repeated(async (index) => {
      const { messages } = await stopping.invoke({ messages: [question()] }, config(index));
      await bareAgent.invoke({ messages }, config(index));
    }),
    hooked: repeated((index) => hookedAgent.invoke({ messages: [question()] }, config(index))),
    hookedTwice: repeated(async (index) => {
      const { messages } = await hookedStopping.invoke({ messages: [question()] }, config(index));
      await hookedAgent.invoke({ messages }, config(index));
    }),
    wrapped: repeated((index) => wrappedAgent.invoke({ messages: [question()] }, config(index))),
    late: (options = {}) => {
      const asyncLater = forLangchain.createLatecall(options);
      const tools = [lateTool];
      const agent = createAgent({ model, ...asyncLater.wrap({ tools }) });
      return repeated(async (index) => {
        const scope = { thread: `thread-${index}` };
        const { messages } = await agent.invoke({ messages: [question()] }, config(index));
        const [request] = forLangchain.asyncFunctionRequests(messages);
        const outcome = { status: 'completed', result } as const;
        await asyncLater.settle({ id: request?.id ?? '', outcome, scope, tools });
        await agent.invoke({ messages }, config(index));
        await asyncLater.store.purge({ before: Date.now() + 1, which: 'all', scope });
      });
    },
  };
}

export function runsOf(host: Host): Runs {
  return host === 'createAgent' ? langchainRuns() : aiRuns(host === 'streamText');
}
