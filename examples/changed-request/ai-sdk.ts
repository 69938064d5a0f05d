// The app on the Vercel AI SDK.
import { asyncTool, createLatecall } from '@latecall/ai-sdk';
import type { ToolSet } from 'ai';
import { z } from 'zod';
import { chatWith, modelAt } from '../shared/stories/ai-sdk-chat.ts';
import type { App, Setup } from '../shared/stories/story.ts';

export function createApp(setup: Setup & { readonly onStop: (id: string) => void }): App<ToolSet> {
  const { baseURL, print, outside, store, onStop } = setup;
  const tools = {
    search: asyncTool({
      description: 'Search for something',
      inputSchema: z.object({ what: z.string() }),
      resultSchema: z.object({ found: z.string() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
      onCancel: ({ id }) => onStop(id),
    }),
    summarize: asyncTool({
      description: 'Summarize what searches find; name them by their handles',
      inputSchema: z.object({ title: z.string(), searches: z.array(z.string()) }),
      resultSchema: z.object({ found: z.string() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
      dependsOn: ({ searches }) => searches,
      onCancel: ({ id }) => onStop(id),
    }),
  };
  const later = createLatecall({ store });
  return {
    ...{ later, tools },
    // In mode `continue` the model reads the handles of its searches while they are out.
    openChat: (scope) => chatWith(() => later.wrap({ model: modelAt(baseURL), tools, scope, mode: 'continue' }), print),
  };
}
