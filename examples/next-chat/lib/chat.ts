// The chat: the model, the tools and the messages, behind the routes that `useChat` talks to.
import { createOpenAI } from '@ai-sdk/openai';
import { refreshUIMessages, type Scope, toAsyncUIMessageStream } from '@latecall/ai-sdk';
import { createChat } from '@latecall/web';
import { convertToModelMessages, generateId, smoothStream, streamText } from 'ai';
import { later } from './later.ts';
import { openMessages } from './messages.ts';
import { once } from './once.ts';
import { scopeOf } from './scope-of.ts';
import { type ChatMessage, tools } from './tools.ts';

export const table = openMessages<ChatMessage>('ai-sdk');
const refresh = (messages: ChatMessage[], scope: Scope) => refreshUIMessages({ messages, later, scope, tools });

/** The messages of a conversation as they stand now: for the page. */
export const loadMessages = async (scope: Scope) => refresh(await table.load(scope), scope);

export const chat = once('chat', () =>
  createChat<ChatMessage>({
    later,
    scopeOf,
    messages: table,
    refresh,
    answer: async ({ scope, messages, signal, save }) => {
      const model = createOpenAI().chat(process.env.OPENAI_MODEL ?? 'gpt-5');
      const { stream } = streamText({
        ...later.wrap({ model, tools, scope }),
        messages: await convertToModelMessages(messages, { tools }),
        abortSignal: signal,
        experimental_transform: smoothStream(),
      });
      return toAsyncUIMessageStream({
        stream,
        later,
        scope,
        tools,
        originalMessages: messages,
        generateMessageId: generateId,
        replay: true,
        onEnd: ({ responseMessage }) => save(responseMessage),
      });
    },
  }),
);
