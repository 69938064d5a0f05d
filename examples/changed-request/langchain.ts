// The app on LangChain.
import { type AnyTool, asyncTool, createLatecall } from '@latecall/langchain';
import { createAgent } from 'langchain';
import { z } from 'zod';
import { chatWith, modelAt } from '../shared/stories/langchain-chat.ts';
import type { App, Setup } from '../shared/stories/story.ts';

export function createApp(setup: Setup & { readonly onStop: (id: string) => void }): App<readonly AnyTool[]> {
  const { baseURL, print, outside, store, onStop } = setup;
  const tools = [
    asyncTool({
      name: 'search',
      description: 'Search for something',
      inputSchema: z.object({ what: z.string() }),
      resultSchema: z.object({ found: z.string() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
      onCancel: ({ id }) => onStop(id),
    }),
    asyncTool({
      name: 'summarize',
      description: 'Summarize what searches find; name them by their handles',
      inputSchema: z.object({ title: z.string(), searches: z.array(z.string()) }),
      resultSchema: z.object({ found: z.string() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
      dependsOn: ({ searches }) => searches,
      onCancel: ({ id }) => onStop(id),
    }),
  ];
  const later = createLatecall({ store });
  return {
    ...{ later, tools },
    // In mode `continue` the model reads the handles of its searches while they are out.
    openChat: (scope) => {
      const agent = createAgent({ model: modelAt(baseURL), ...later.wrap({ tools, scope, mode: 'continue' }) });
      return chatWith(agent, scope, print);
    },
  };
}
