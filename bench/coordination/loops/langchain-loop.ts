import {
  type AIMessage,
  type BaseMessage,
  HumanMessage,
  mapChatMessagesToStoredMessages,
  mapStoredMessagesToChatMessages,
  type StoredMessage,
} from '@langchain/core/messages';
import { asyncFunctionRequests, asyncTool, createLatecall } from '@latecall/langchain';
import { createAgent as createHostAgent, createMiddleware } from 'langchain';
import { z } from 'zod';
import { OracleChatModel } from './langchain-model.ts';
import type { Agent, AgentSetup, Loop, ToolSpec } from './loop.ts';

/** LangChain counts the visits of nodes, several for each model call. */
const recursionLimit = 2_000;

/** `createAgent` with Latecall, the history in the app's hands. */
export const langchainLoop: Loop = {
  create: createAgent,
  userMessage: (text) => new HumanMessage(text),
  throughJson,
};

function createAgent(setup: AgentSetup): Agent {
  const { runtime, scope, mode, scheduling, idleTurns, json, ask } = setup;
  const later = createLatecall(runtime);
  const tools = setup.tools.map(toolOf);
  const middleware = json ? [jsonBetweenSteps] : [];
  const agent = createHostAgent({
    model: new OracleChatModel(ask),
    ...later.wrap({ tools, scope, mode, scheduling, idleTurns, middleware }),
  });
  const host = (history: readonly unknown[]) => history as BaseMessage[];
  return {
    run: async (history, interruption) => {
      const messages = [...host(history)];
      if (interruption === undefined) {
        const state = await agent.invoke({ messages }, { recursionLimit });
        return state.messages.slice(messages.length);
      }
      const { abort: signal, onSteps } = interruption;
      let added: BaseMessage[] = [];
      const stream = await agent.stream({ messages }, { recursionLimit, signal, streamMode: 'values' });
      for await (const state of stream) {
        added = (state as { messages: BaseMessage[] }).messages.slice(messages.length);
        if (isAnswered(added)) onSteps(added);
      }
      return added;
    },
    settle: (attempt) => later.settle({ ...attempt, tools }),
    cancel: (id) => later.cancel({ id, scope, tools }),
    pending: () => later.pending(scope),
    requests: (history) => asyncFunctionRequests(host(history)),
    respond: (responses) => later.asyncFunctionResponseMessages(responses),
  };
}

function toolOf({ name, deadline, dispatch, onResult }: ToolSpec) {
  return asyncTool({
    name,
    inputSchema: z.record(z.string(), z.unknown()),
    resultSchema: z.object({ nonce: z.string() }),
    dispatch,
    onResult: (result, task) => onResult(result, task) as typeof result,
    ...(deadline === undefined ? {} : { deadline }),
  });
}

/** No call of the last model message waits for its tool. */
function isAnswered(messages: readonly BaseMessage[]): boolean {
  const at = messages.findLastIndex(({ type }) => type === 'ai');
  const calls = (messages[at] as AIMessage | undefined)?.tool_calls ?? [];
  return messages.length - 1 - at >= calls.length;
}

const jsonBetweenSteps = createMiddleware({
  name: 'JsonBetweenSteps',
  wrapModelCall: (request, handler) =>
    handler({ ...request, messages: throughJson(request.messages) as BaseMessage[] }),
});

function throughJson(history: readonly unknown[]): unknown[] {
  const stored = mapChatMessagesToStoredMessages(history as BaseMessage[]);
  return mapStoredMessagesToChatMessages(JSON.parse(JSON.stringify(stored)) as StoredMessage[]);
}
