// A conversation on the Vercel AI SDK: the usual loop around generateText, with the history in memory.
import { createOpenAI } from '@ai-sdk/openai';
import type { WrappedAgent } from '@latecall/ai-sdk';
import { generateText, type ModelMessage, type ToolSet } from 'ai';
import type { Chat, Print } from './story.ts';

/** The model of every story, on a local server. */
export function modelAt(baseURL: string) {
  return createOpenAI({ baseURL, apiKey: 'local' })('gpt-5');
}

/** @param wrap `later.wrap`, for one request: a Latecall is kept, a wrapped agent is not. */
export function chatWith<TOOLS extends ToolSet>(wrap: () => WrappedAgent<TOOLS>, print: Print): Chat {
  const messages: ModelMessage[] = [];
  const goOn = async () => {
    const { text, responseMessages } = await generateText({ ...wrap(), messages });
    messages.push(...responseMessages);
    print('assistant', text === '' ? '(nothing yet)' : text);
    return text;
  };
  return {
    goOn,
    say: async (text) => {
      print('user', text);
      messages.push({ role: 'user', content: text });
      return goOn();
    },
  };
}
