// The app on LangChain.
import { type AnyTool, asyncTool, createLatecall } from '@latecall/langchain';
import { createAgent } from 'langchain';
import { z } from 'zod';
import { chatWith, modelAt } from '../shared/stories/langchain-chat.ts';
import type { App, Setup } from '../shared/stories/story.ts';

export function createApp({ baseURL, print, outside, store, policy, audit }: Setup): App<readonly AnyTool[]> {
  const tools = [
    asyncTool({
      name: 'orderReport',
      description: 'Order a report on a person',
      inputSchema: z.object({ person: z.string() }),
      resultSchema: z.object({ score: z.number() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
    }),
  ];
  const later = createLatecall({ store, policy, audit });
  const agent = createAgent({ model: modelAt(baseURL), ...later.wrap({ tools }) });
  return { later, tools, openChat: (scope) => chatWith(agent, scope, print) };
}
