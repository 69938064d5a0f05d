// The same chat on an agent of LangChain: the routes and the page are those of the AI SDK's.
import { toUIMessageStream } from '@ai-sdk/langchain';
import { type BaseMessage, HumanMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { refreshUIMessages } from '@latecall/ai-sdk';
import { createLatecall, type Scope, withoutPlaceholders } from '@latecall/langchain';
import { sqliteStore } from '@latecall/stores/sqlite';
import { createChat } from '@latecall/web';
import { createUIMessageStream, generateId, type UIMessage } from 'ai';
import { createAgent } from 'langchain';
import { appUrl } from '../app-url.ts';
import { openAuditLog } from '../audit.ts';
import { openMessages } from '../messages.ts';
import { once } from '../once.ts';
import { scopeOf } from '../scope-of.ts';
import { databaseFile } from '../state.ts';
import type { ChatMessage } from '../tools.ts';
import { history } from './history.ts';
import { tools } from './tools.ts';

export const later = once('langchain later', () =>
  createLatecall({
    store: sqliteStore(databaseFile('langchain')),
    callbackUrl: `${appUrl}/api/langchain-callback`,
    audit: openAuditLog('langchain').log.sink,
    takeOverAfter: '30s',
  }),
);

const agent = once('langchain agent', () =>
  createAgent({
    model: new ChatOpenAI({
      model: process.env.OPENAI_MODEL ?? 'gpt-5',
      configuration: { baseURL: process.env.OPENAI_BASE_URL },
    }),
    ...later.wrap({ tools }),
  }),
);

const table = openMessages<ChatMessage>('langchain');
const refresh = (messages: ChatMessage[], scope: Scope) => refreshUIMessages({ messages, later, scope, tools: {} });

/** The messages of a conversation as they stand now: for the page. */
export const loadMessages = async (scope: Scope) => refresh(await table.load(scope), scope);

export const chat = once('langchain chat', () =>
  createChat<ChatMessage>({
    later,
    scopeOf,
    messages: table,
    refresh,
    answer: async ({ scope: { thread }, messages, signal, save }) => {
      const known = history.load(thread);
      const run = await agent.stream(
        { messages: [...known, ...newMessages(messages, known)] },
        { configurable: { thread_id: thread }, streamMode: ['values', 'messages', 'custom'], signal },
      );
      const shown = toUIMessageStream<{ messages: BaseMessage[] }>(run, {
        onFinish: (state) => {
          if (state !== undefined) history.save(thread, state.messages);
        },
      });
      return createUIMessageStream({
        execute: ({ writer }) => writer.merge(shown.pipeThrough(withoutPlaceholders())),
        generateId,
        onEnd: ({ responseMessage }) => save(responseMessage as ChatMessage), // all its data parts are Latecall's
      });
    },
  }),
);

/** What the user has said that the agent has not read. */
function newMessages(messages: readonly UIMessage[], known: readonly BaseMessage[]): HumanMessage[] {
  const read = new Set(known.map(({ id }) => id));
  return messages
    .filter(({ id, role }) => role === 'user' && !read.has(id))
    .map(
      ({ id, parts }) =>
        new HumanMessage({ id, content: parts.flatMap((part) => (part.type === 'text' ? part.text : [])).join('\n') }),
    );
}
