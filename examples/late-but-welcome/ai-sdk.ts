// The app on the Vercel AI SDK.
import { asyncTool, createLatecall } from '@latecall/ai-sdk';
import type { ToolSet } from 'ai';
import { z } from 'zod';
import { chatWith, modelAt } from '../shared/stories/ai-sdk-chat.ts';
import type { App, Setup } from '../shared/stories/story.ts';

export function createApp({ baseURL, print, outside, store, clock }: Setup): App<ToolSet> {
  const tools = {
    askSupplier: asyncTool({
      description: 'Ask the supplier for a quote',
      inputSchema: z.object({ item: z.string() }),
      resultSchema: z.object({ euros: z.number() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
      deadline: '1h',
      lateResult: 'accept',
    }),
    askCourier: asyncTool({
      description: 'Ask the courier for a quote',
      inputSchema: z.object({ parcel: z.string() }),
      resultSchema: z.object({ euros: z.number() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
      deadline: '1h',
    }),
  };
  const later = createLatecall({ store, clock });
  return {
    ...{ later, tools },
    openChat: (scope) => chatWith(() => later.wrap({ model: modelAt(baseURL), tools, scope }), print),
  };
}
