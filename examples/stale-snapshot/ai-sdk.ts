// The app on the Vercel AI SDK.
import { asyncTool, createLatecall } from '@latecall/ai-sdk';
import type { ToolSet } from 'ai';
import { z } from 'zod';
import { chatWith, modelAt } from '../shared/stories/ai-sdk-chat.ts';
import type { App, Setup } from '../shared/stories/story.ts';

export function createApp({ baseURL, print, outside, store, policy }: Setup): App<ToolSet> {
  const tools = {
    runTests: asyncTool({
      description: 'Run the tests',
      inputSchema: z.object({ suite: z.string() }),
      resultSchema: z.object({ failed: z.number() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input: { tests: input } }),
      staleResult: 'mark', // the default
    }),
    measureCoverage: asyncTool({
      description: 'Measure the coverage of the tests',
      inputSchema: z.object({ suite: z.string() }),
      resultSchema: z.object({ percent: z.number() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input: { coverage: input } }),
      staleResult: 'refuse',
    }),
  };
  const later = createLatecall({ store, policy });
  return {
    ...{ later, tools },
    openChat: (scope) => chatWith(() => later.wrap({ model: modelAt(baseURL), tools, scope }), print),
  };
}
