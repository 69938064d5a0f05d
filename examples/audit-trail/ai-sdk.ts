// The app on the Vercel AI SDK.
import { asyncTool, createLatecall } from '@latecall/ai-sdk';
import type { ToolSet } from 'ai';
import { z } from 'zod';
import { chatWith, modelAt } from '../shared/stories/ai-sdk-chat.ts';
import type { App, Setup } from '../shared/stories/story.ts';

export function createApp({ baseURL, print, outside, store, audit }: Setup): App<ToolSet> {
  const tools = {
    inspect: asyncTool({
      description: 'Have a pump inspected',
      inputSchema: z.object({ pump: z.number() }),
      resultSchema: z.object({ finding: z.string() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
    }),
    orderRepair: asyncTool({
      description: 'Have a pump repaired',
      inputSchema: z.object({ pump: z.number(), because: z.string() }),
      resultSchema: z.object({ repaired: z.boolean() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
    }),
  };
  const later = createLatecall({ store, audit });
  return {
    ...{ later, tools },
    openChat: (scope) => chatWith(() => later.wrap({ model: modelAt(baseURL), tools, scope }), print),
  };
}
