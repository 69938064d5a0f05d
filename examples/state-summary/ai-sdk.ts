// The app on the Vercel AI SDK.
import { asyncTool, createLatecall } from '@latecall/ai-sdk';
import type { ToolSet } from 'ai';
import { z } from 'zod';
import { chatWith, modelAt } from '../shared/stories/ai-sdk-chat.ts';
import type { App, Setup } from '../shared/stories/story.ts';

export function createApp({ baseURL, print, outside, store, clock, policy }: Setup): App<ToolSet> {
  const tools = {
    order: asyncTool({
      description: 'Order a job from the office',
      inputSchema: z.object({ job: z.string() }),
      resultSchema: z.string(),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
      mode: 'continue',
    }),
  };
  const later = createLatecall({ store, clock, policy });
  return {
    ...{ later, tools },
    openChat: (scope) => chatWith(() => later.wrap({ model: modelAt(baseURL), tools, scope }), print),
  };
}
