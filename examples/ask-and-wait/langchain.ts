// The app on LangChain.
import { type AnyTool, asyncTool, createLatecall } from '@latecall/langchain';
import { createAgent } from 'langchain';
import { z } from 'zod';
import { chatWith, modelAt } from '../shared/stories/langchain-chat.ts';
import type { App, Setup } from '../shared/stories/story.ts';

export function createApp({ baseURL, print, outside, store }: Setup): App<readonly AnyTool[]> {
  const later = createLatecall({ store });
  const tools = [
    asyncTool({
      name: 'renderVideo',
      description: 'Render a video',
      inputSchema: z.object({ about: z.string() }),
      resultSchema: z.object({ url: z.url() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
      mode: 'continue', // else there is no need to ask: the run waits for its calls anyway
    }),
    asyncTool({
      name: 'printPoster',
      description: 'Print a poster',
      inputSchema: z.object({ about: z.string() }),
      resultSchema: z.object({ pages: z.number() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
      mode: 'continue',
    }),
    later.taskQuery('checkTasks'),
  ];
  const agent = createAgent({ model: modelAt(baseURL), ...later.wrap({ tools }) });
  return { later, tools, openChat: (scope) => chatWith(agent, scope, print) };
}
