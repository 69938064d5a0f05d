// A conversation with an agent of LangChain: invoke, keep the messages, invoke again.
import { type BaseMessage, HumanMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import type { Scope } from '@latecall/langchain';
import type { Chat, Print } from './story.ts';

/** The model of every story, on a local server. */
export function modelAt(baseURL: string): ChatOpenAI {
  return new ChatOpenAI({ model: 'gpt-5', apiKey: 'local', configuration: { baseURL } });
}

/** What the stories use of an agent. */
interface Agent {
  invoke(
    input: { messages: BaseMessage[] },
    config: { configurable: { thread_id: string } },
  ): Promise<{ messages: BaseMessage[] }>;
}

export function chatWith(agent: Agent, { thread }: Scope, print: Print): Chat {
  let messages: BaseMessage[] = [];
  const goOn = async () => {
    const before = messages.length;
    ({ messages } = await agent.invoke({ messages }, { configurable: { thread_id: thread } }));
    const text = messages.slice(before).findLast(({ type }) => type === 'ai')?.text ?? '';
    print('assistant', text === '' ? '(nothing yet)' : text);
    return text;
  };
  return {
    goOn,
    say: async (text) => {
      print('user', text);
      messages = [...messages, new HumanMessage(text)];
      return goOn();
    },
  };
}
