// The app on the Vercel AI SDK.
import { asyncTool, createLatecall, type InputAnswer } from '@latecall/ai-sdk';
import type { ToolSet } from 'ai';
import { z } from 'zod';
import { chatWith, modelAt } from '../shared/stories/ai-sdk-chat.ts';
import type { App, Setup } from '../shared/stories/story.ts';

export function createApp(
  setup: Setup & { readonly callbackUrl: string; readonly onInput: (answer: InputAnswer, id: string) => void },
): App<ToolSet> {
  const { baseURL, print, outside, store, callbackUrl, onInput } = setup;
  const tools = {
    record: asyncTool({
      description: 'Have a text recorded in a studio',
      inputSchema: z.object({ text: z.string() }),
      resultSchema: z.object({ url: z.url() }),
      dispatch: (input, { id, idempotencyKey, callback }) => outside.take({ id, idempotencyKey, callback, input }),
      onInput: (answer, { id }) => onInput(answer, id),
    }),
  };
  const later = createLatecall({ store, callbackUrl });
  return {
    ...{ later, tools },
    openChat: (scope) => chatWith(() => later.wrap({ model: modelAt(baseURL), tools, scope }), print),
  };
}
