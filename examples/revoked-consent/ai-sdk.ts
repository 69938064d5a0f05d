// The app on the Vercel AI SDK.
import { asyncTool, createLatecall } from '@latecall/ai-sdk';
import type { ToolSet } from 'ai';
import { z } from 'zod';
import { chatWith, modelAt } from '../shared/stories/ai-sdk-chat.ts';
import type { App, Setup } from '../shared/stories/story.ts';

export function createApp({ baseURL, print, outside, store, policy, audit }: Setup): App<ToolSet> {
  const tools = {
    orderReport: asyncTool({
      description: 'Order a report on a person',
      inputSchema: z.object({ person: z.string() }),
      resultSchema: z.object({ score: z.number() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
    }),
  };
  const later = createLatecall({ store, policy, audit });
  return {
    ...{ later, tools },
    openChat: (scope) => chatWith(() => later.wrap({ model: modelAt(baseURL), tools, scope }), print),
  };
}
