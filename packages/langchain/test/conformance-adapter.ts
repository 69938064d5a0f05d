import { ChatAnthropic } from '@langchain/anthropic';
import {
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  mapChatMessagesToStoredMessages,
  mapStoredMessagesToChatMessages,
  type StoredMessage,
} from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { Command, MemorySaver } from '@langchain/langgraph';
import { ChatOpenAI } from '@langchain/openai';
import type { Json } from '@latecall/core';
import { type AgentSetup, type ConformanceAdapter, type ConformanceTool, conformanceTasks } from '@latecall/testing';
import { createAgent, createMiddleware, humanInTheLoopMiddleware } from 'langchain';
import { type AnyTool, asyncFunctionRequests, asyncTool, createLatecall, type Latecall } from '../src/index.ts';

function modelOf({ provider, baseURL, modelId, streaming, thinking }: AgentSetup) {
  switch (provider) {
    case 'openai-responses':
    case 'openai-chat':
      return new ChatOpenAI({
        model: modelId ?? 'gpt-5',
        apiKey: 'local',
        configuration: { baseURL },
        useResponsesApi: provider === 'openai-responses',
        streaming,
      });
    case 'anthropic':
      return new ChatAnthropic({
        model: modelId ?? 'claude-sonnet-4-5',
        apiKey: 'local',
        anthropicApiUrl: new URL(baseURL).origin,
        streaming,
        ...(thinking === undefined ? {} : { thinking: thinkingOf(thinking), maxTokens: 4_096 }),
      });
    default:
      return provider satisfies never;
  }
}

function thinkingOf(thinking: 'manual' | 'adaptive') {
  return thinking === 'manual' ? { type: 'enabled' as const, budget_tokens: 1_024 } : { type: 'adaptive' as const };
}

function toolOf(declared: ConformanceTool, later: Latecall): AnyTool {
  if (declared.kind === 'task-query') return later.taskQuery(declared.name);
  const { name, inputSchema } = declared;
  if (declared.kind === 'sync') {
    return tool(async (input: Record<string, unknown>) => JSON.stringify(await declared.execute(input)), {
      name,
      schema: inputSchema,
    });
  }
  const { delivery, ...definition } = declared.definition;
  const plain = asyncTool({
    name,
    inputSchema,
    ...definition,
    ...(delivery === undefined || delivery === 'native' ? {} : { delivery }),
  });
  if (declared.decorated !== true) return plain;
  return Object.create(plain, { description: { value: 'decorated' } }) as AnyTool;
}

/** Of threads that wait for a person: the one thing that LangGraph keeps outside of the messages. */
const checkpointer = new MemorySaver();
let threads = 0;

/** LangChain's createAgent, as the conformance cases play on it. */
export const langchain: ConformanceAdapter = {
  name: 'langchain',
  create: (setup) => {
    const later = createLatecall(setup.runtime);
    const tools: readonly AnyTool[] = setup.tools.map((declared) => toolOf(declared, later));
    const gated = setup.tools.filter(({ needsApproval }) => needsApproval === true);
    const interruptOn = Object.fromEntries(gated.map(({ name }) => [name, true]));
    const asks = gated.length > 0;
    let held: string | undefined;
    const holding = createMiddleware({
      name: 'Holding',
      wrapModelCall: (request, handler) =>
        handler({ ...request, modelSettings: held === undefined ? {} : { previous_response_id: held } }),
    });
    const agent = createAgent({
      model: modelOf(setup),
      ...later.wrap({
        tools,
        scope: setup.scope,
        ...(setup.idleTurns === undefined ? {} : { idleTurns: setup.idleTurns }),
        budget: () => setup.budget,
        middleware: [holding, ...(asks ? [humanInTheLoopMiddleware({ interruptOn })] : [])],
      }),
      ...(asks ? { checkpointer } : {}),
    });
    return {
      ...conformanceTasks(later, tools),
      run: async (history, { signal, onText, previousResponseId } = {}) => {
        const last = history.at(-1) as { decision?: Json; thread?: string } | undefined;
        const thread = last?.thread ?? `thread-${++threads}`;
        const messages = host(history);
        held = previousResponseId;
        const input = last?.decision === undefined ? { messages } : new Command({ resume: last.decision });
        const config = {
          ...(asks ? { configurable: { thread_id: thread } } : {}),
          ...(signal === undefined ? {} : { signal }),
        };
        let state: { messages: BaseMessage[] } = { messages };
        if (setup.streaming) {
          const stream = await agent.stream(input as never, { ...config, streamMode: ['messages', 'values'] });
          for await (const [mode, chunk] of stream as AsyncIterable<['messages' | 'values', unknown]>) {
            if (mode === 'values') state = { ...state, ...(chunk as Partial<typeof state>) };
            else {
              const [piece] = chunk as [AIMessageChunk];
              if (piece.type === 'ai' && piece.text !== '') onText?.(piece.text);
            }
          }
        } else state = (await agent.invoke(input as never, config)) as typeof state;
        const known = new Set(messages.map(({ id }) => id));
        const added = state.messages.slice(messages.length).filter(({ id }) => !known.has(id));
        const answer = added.at(-1);
        const calling = added.findLast(({ type }) => type === 'ai');
        const text = answer?.type === 'ai' ? answer.text : '';
        const responseId = (calling?.response_metadata as { id?: unknown } | undefined)?.id;
        return {
          added: [...json(added), ...(asks ? [{ thread }] : [])],
          text,
          ...(typeof responseId === 'string' ? { responseId } : {}),
        };
      },
      userMessage: (text) => json([new HumanMessage(text)])[0] as Json,
      responseMessage: async (responses) => json(await later.asyncFunctionResponseMessages(responses)) as Json,
      requests: (history) => asyncFunctionRequests(host(history)),
      approve: (history, approved) => {
        const { thread } = history.findLast((entry) => typeof entry === 'object' && 'thread' in (entry as object)) as {
          thread: string;
        };
        return [{ thread, decision: { decisions: [{ type: approved ? 'approve' : 'reject' }] } }];
      },
    };
  },
};

/** The messages in a history; a message that carries several responses is several. */
function host(history: readonly Json[]): BaseMessage[] {
  const stored = history.flat().filter((entry) => typeof entry === 'object' && entry !== null && 'data' in entry);
  // LangChain gives messages ids by writing into them, so it gets its own; what is in them stays frozen.
  const own = (stored as unknown as StoredMessage[]).map(({ type, data }) => ({ type, data: { ...data } }));
  return mapStoredMessagesToChatMessages(own);
}

function json(messages: readonly BaseMessage[]): Json[] {
  return JSON.parse(JSON.stringify(mapChatMessagesToStoredMessages([...messages]))) as Json[];
}
