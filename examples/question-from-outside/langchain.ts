// The app on LangChain.
import { type AnyTool, asyncTool, createLatecall, type InputAnswer } from '@latecall/langchain';
import { createAgent } from 'langchain';
import { z } from 'zod';
import { chatWith, modelAt } from '../shared/stories/langchain-chat.ts';
import type { App, Setup } from '../shared/stories/story.ts';

export function createApp(
  setup: Setup & { readonly callbackUrl: string; readonly onInput: (answer: InputAnswer, id: string) => void },
): App<readonly AnyTool[]> {
  const { baseURL, print, outside, store, callbackUrl, onInput } = setup;
  const tools = [
    asyncTool({
      name: 'record',
      description: 'Have a text recorded in a studio',
      inputSchema: z.object({ text: z.string() }),
      resultSchema: z.object({ url: z.url() }),
      dispatch: (input, { id, idempotencyKey, callback }) => outside.take({ id, idempotencyKey, callback, input }),
      onInput: (answer, { id }) => onInput(answer, id),
    }),
  ];
  const later = createLatecall({ store, callbackUrl });
  const agent = createAgent({ model: modelAt(baseURL), ...later.wrap({ tools }) });
  return { later, tools, openChat: (scope) => chatWith(agent, scope, print) };
}
