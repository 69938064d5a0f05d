// The app on LangChain.
import { type AnyTool, asyncTool, type Budget, createLatecall, type Scope } from '@latecall/langchain';
import { createAgent } from 'langchain';
import { z } from 'zod';
import { chatWith, modelAt } from '../shared/stories/langchain-chat.ts';
import type { App, Setup } from '../shared/stories/story.ts';

export function createApp(
  setup: Setup & { readonly budgetOf: (scope: Scope) => Budget | undefined },
): App<readonly AnyTool[]> {
  const { baseURL, print, outside, store, clock, budgetOf } = setup;
  const tools = [
    asyncTool({
      name: 'askLab',
      description: 'Have a sample measured',
      inputSchema: z.object({ sample: z.number() }),
      resultSchema: z.object({ lead: z.number() }),
      dispatch: (input, { id, idempotencyKey }) => outside.take({ id, idempotencyKey, input }),
    }),
  ];
  const later = createLatecall({ store, clock });
  // Wrapped once; it asks for the budget of each conversation.
  const agent = createAgent({ model: modelAt(baseURL), ...later.wrap({ tools, budget: budgetOf }) });
  return { later, tools, openChat: (scope) => chatWith(agent, scope, print) };
}
