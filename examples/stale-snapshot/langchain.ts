// The app on LangChain.
import { type AnyTool, asyncTool, createLatecall } from '@latecall/langchain';
import { createAgent } from 'langchain';
import { z } from 'zod';
import { chatWith, modelAt } from '../shared/stories/langchain-chat.ts';
import type { App, Setup } from '../shared/stories/story.ts';

export function createApp({ baseURL, print, outside, store, policy }: Setup): App<readonly AnyTool[]> {
  const tools = [
    asyncTool({
      name: 'runTests',
      description: 'Run the tests',
      inputSchema: z.object({ suite: z.string() }),
      resultSchema: z.object({ failed: z.number() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input: { tests: input } }),
      staleResult: 'mark', // the default
    }),
    asyncTool({
      name: 'measureCoverage',
      description: 'Measure the coverage of the tests',
      inputSchema: z.object({ suite: z.string() }),
      resultSchema: z.object({ percent: z.number() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input: { coverage: input } }),
      staleResult: 'refuse',
    }),
  ];
  const later = createLatecall({ store, policy });
  const agent = createAgent({ model: modelAt(baseURL), ...later.wrap({ tools }) });
  return { later, tools, openChat: (scope) => chatWith(agent, scope, print) };
}
