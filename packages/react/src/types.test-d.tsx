import type { UseChatHelpers } from '@ai-sdk/react';
import { type AsyncUIMessage, asyncTool } from '@latecall/ai-sdk';
import { tool, type UIMessage } from 'ai';
import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { AsyncFunctionCard, createChatTransport, PendingTray, useAsyncFunctions } from './index.ts';

const render = asyncTool({
  inputSchema: z.object({ script: z.string() }),
  resultSchema: z.object({ url: z.string() }),
  dispatch: () => null,
});
const price = asyncTool({
  inputSchema: z.object({ sku: z.string() }),
  resultSchema: z.number(),
  dispatch: () => null,
});
const weather = tool({ inputSchema: z.object({ city: z.string() }), execute: ({ city }) => ({ city }) });
type Message = AsyncUIMessage<{ render: typeof render; price: typeof price; weather: typeof weather }>;

declare const chat: UseChatHelpers<Message>;
declare const plain: UseChatHelpers<UIMessage>;
const endpoint = '/api/chat/a';

describe('the calls of a chat', () => {
  it('are told apart by the app’s own tools', () => {
    const { pending, settled } = useAsyncFunctions(chat, { endpoint });
    for (const view of pending) {
      expectTypeOf(view.toolName).toEqualTypeOf<'render' | 'price' | 'weather'>();
      expectTypeOf(view.status).toEqualTypeOf<'working' | 'input_required'>();
      if (view.toolName === 'render') expectTypeOf(view.input).toEqualTypeOf<{ script: string } | undefined>();
    }
    for (const view of settled) {
      if (view.toolName === 'render') expectTypeOf(view.output).toEqualTypeOf<{ url: string } | undefined>();
      if (view.toolName === 'price') expectTypeOf(view.output).toEqualTypeOf<number | undefined>();
    }
  });

  it('have any name and value where the chat does not say its tools', () => {
    const { settled } = useAsyncFunctions(plain, { endpoint });
    expectTypeOf<(typeof settled)[number]['toolName']>().toEqualTypeOf<string>();
    expectTypeOf<(typeof settled)[number]['output']>().toEqualTypeOf<unknown>();
  });

  it('go into the components as they are', () => {
    const functions = useAsyncFunctions(chat, { endpoint });
    [
      <PendingTray key="tray" functions={functions} />,
      ...functions.pending.map((view) => (
        <AsyncFunctionCard key={view.handle} view={view} onCancel={functions.cancel} onAnswer={functions.answer} />
      )),
    ] satisfies unknown[];
  });

  it('do not let a page settle anything', () => {
    expectTypeOf(useAsyncFunctions(chat, { endpoint })).not.toHaveProperty('settle');
  });
});

describe('the transport', () => {
  it('is one of this chat', () => {
    expectTypeOf(createChatTransport<Message>({ endpoint })).toExtend<{ resumeStreamIsReplay?: boolean }>();
    // @ts-expect-error where is the chat?
    createChatTransport({});
  });
});
