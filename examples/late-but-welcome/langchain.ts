// The app on LangChain.
import { type AnyTool, asyncTool, createLatecall } from '@latecall/langchain';
import { createAgent } from 'langchain';
import { z } from 'zod';
import { chatWith, modelAt } from '../shared/stories/langchain-chat.ts';
import type { App, Setup } from '../shared/stories/story.ts';

export function createApp({ baseURL, print, outside, store, clock }: Setup): App<readonly AnyTool[]> {
  const tools = [
    asyncTool({
      name: 'askSupplier',
      description: 'Ask the supplier for a quote',
      inputSchema: z.object({ item: z.string() }),
      resultSchema: z.object({ euros: z.number() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
      deadline: '1h',
      lateResult: 'accept',
    }),
    asyncTool({
      name: 'askCourier',
      description: 'Ask the courier for a quote',
      inputSchema: z.object({ parcel: z.string() }),
      resultSchema: z.object({ euros: z.number() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
      deadline: '1h',
    }),
  ];
  const later = createLatecall({ store, clock });
  const agent = createAgent({ model: modelAt(baseURL), ...later.wrap({ tools }) });
  return { later, tools, openChat: (scope) => chatWith(agent, scope, print) };
}
