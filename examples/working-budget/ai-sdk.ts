// The app on the Vercel AI SDK.
import { asyncTool, type Budget, createLatecall, type Scope } from '@latecall/ai-sdk';
import type { ToolSet } from 'ai';
import { z } from 'zod';
import { chatWith, modelAt } from '../shared/stories/ai-sdk-chat.ts';
import type { App, Setup } from '../shared/stories/story.ts';

export function createApp(setup: Setup & { readonly budgetOf: (scope: Scope) => Budget | undefined }): App<ToolSet> {
  const { baseURL, print, outside, store, clock, budgetOf } = setup;
  const tools = {
    askLab: asyncTool({
      description: 'Have a sample measured',
      inputSchema: z.object({ sample: z.number() }),
      resultSchema: z.object({ lead: z.number() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
    }),
  };
  const later = createLatecall({ store, clock });
  // Wrapped for each request, with the budget of its conversation.
  const agentFor = (scope: Scope) => later.wrap({ model: modelAt(baseURL), tools, scope, budget: budgetOf(scope) });
  return { later, tools, openChat: (scope) => chatWith(() => agentFor(scope), print) };
}
