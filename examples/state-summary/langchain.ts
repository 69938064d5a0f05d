// The app on LangChain.
import { type AnyTool, asyncTool, createLatecall } from '@latecall/langchain';
import { createAgent } from 'langchain';
import { z } from 'zod';
import { chatWith, modelAt } from '../shared/stories/langchain-chat.ts';
import type { App, Setup } from '../shared/stories/story.ts';

export function createApp({ baseURL, print, outside, store, clock, policy }: Setup): App<readonly AnyTool[]> {
  const tools = [
    asyncTool({
      name: 'order',
      description: 'Order a job from the office',
      inputSchema: z.object({ job: z.string() }),
      resultSchema: z.string(),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
      mode: 'continue',
    }),
  ];
  const later = createLatecall({ store, clock, policy });
  const agent = createAgent({ model: modelAt(baseURL), ...later.wrap({ tools }) });
  return { later, tools, openChat: (scope) => chatWith(agent, scope, print) };
}
