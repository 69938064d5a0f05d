// The app on LangChain.
import { type AnyTool, asyncTool, createLatecall } from '@latecall/langchain';
import { createAgent } from 'langchain';
import { z } from 'zod';
import { chatWith, modelAt } from '../shared/stories/langchain-chat.ts';
import type { App, Setup } from '../shared/stories/story.ts';

export function createApp({ baseURL, print, outside, store, audit }: Setup): App<readonly AnyTool[]> {
  const tools = [
    asyncTool({
      name: 'inspect',
      description: 'Have a pump inspected',
      inputSchema: z.object({ pump: z.number() }),
      resultSchema: z.object({ finding: z.string() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
    }),
    asyncTool({
      name: 'orderRepair',
      description: 'Have a pump repaired',
      inputSchema: z.object({ pump: z.number(), because: z.string() }),
      resultSchema: z.object({ repaired: z.boolean() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
    }),
  ];
  const later = createLatecall({ store, audit });
  const agent = createAgent({ model: modelAt(baseURL), ...later.wrap({ tools }) });
  return { later, tools, openChat: (scope) => chatWith(agent, scope, print) };
}
