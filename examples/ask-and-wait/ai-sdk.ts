// The app on the Vercel AI SDK.
import { asyncTool, createLatecall } from '@latecall/ai-sdk';
import type { ToolSet } from 'ai';
import { z } from 'zod';
import { chatWith, modelAt } from '../shared/stories/ai-sdk-chat.ts';
import type { App, Setup } from '../shared/stories/story.ts';

export function createApp({ baseURL, print, outside, store }: Setup): App<ToolSet> {
  const later = createLatecall({ store });
  const tools = {
    renderVideo: asyncTool({
      description: 'Render a video',
      inputSchema: z.object({ about: z.string() }),
      resultSchema: z.object({ url: z.url() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
      mode: 'continue', // else there is no need to ask: the run waits for its calls anyway
    }),
    printPoster: asyncTool({
      description: 'Print a poster',
      inputSchema: z.object({ about: z.string() }),
      resultSchema: z.object({ pages: z.number() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
      mode: 'continue',
    }),
    checkTasks: later.taskQuery(),
  };
  return {
    ...{ later, tools },
    openChat: (scope) => chatWith(() => later.wrap({ model: modelAt(baseURL), tools, scope }), print),
  };
}
