import type { AsyncFunctionData, AsyncFunctionRequest } from '@latecall/core';
import { type InferUITools, streamText, tool, type UIMessage } from 'ai';
import type { MockLanguageModelV4 } from 'ai/test';
import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { asyncTool, createLatecall } from '../index.ts';

import type { AsyncUIMessage, InferAsyncUITools } from './async-ui-message.ts';
import { refreshUIMessages } from './refresh-ui-messages.ts';
import { toAsyncUIMessageStream } from './to-async-ui-message-stream.ts';

declare const model: MockLanguageModelV4;

const render = asyncTool({
  inputSchema: z.object({ script: z.string() }),
  resultSchema: z.object({ url: z.string() }),
  dispatch: ({ script }) => ({ jobId: script.length }),
});
const weather = tool({ inputSchema: z.object({ city: z.string() }), execute: ({ city }) => ({ city, sky: 'clear' }) });
const tools = { render, weather };
const later = createLatecall();
const scope = { thread: 't' };

type Tools = InferAsyncUITools<typeof tools>;
type Message = AsyncUIMessage<typeof tools>;

describe('the tools of a UI', () => {
  it('have the result as the output of an async tool, not the request', () => {
    expectTypeOf<Tools['render']>().toEqualTypeOf<{ input: { script: string }; output: { url: string } }>();
    expectTypeOf<Tools['render']['output']>().not.toExtend<AsyncFunctionRequest>();
    expectTypeOf<InferUITools<typeof tools>['render']['output']>().toExtend<AsyncFunctionRequest>();
  });

  it('have what InferUITools says for plain tools', () => {
    expectTypeOf<Tools['weather']>().toEqualTypeOf<InferUITools<typeof tools>['weather']>();
  });
});

describe('the parts of a message', () => {
  it('are the result, the input and the data of the tools', () => {
    const part = {} as Message['parts'][number];
    if (part.type === 'tool-render' && part.state === 'output-available') {
      expectTypeOf(part.output).toEqualTypeOf<{ url: string }>();
      expectTypeOf(part.input).toEqualTypeOf<{ script: string }>();
      // @ts-expect-error the receipt never reaches a UI
      part.output.dispatchResult;
    }
    if (part.type === 'tool-weather' && part.state === 'output-available') {
      expectTypeOf(part.output).toEqualTypeOf<{ city: string; sky: string }>();
    }
    if (part.type === 'data-async-function') expectTypeOf(part.data).toEqualTypeOf<AsyncFunctionData>();
  });

  it('may have metadata and data of the app too', () => {
    type Own = AsyncUIMessage<typeof tools, { at: number }, { note: string }>;
    expectTypeOf<NonNullable<Own['metadata']>>().toEqualTypeOf<{ at: number }>();
    expectTypeOf<Extract<Own['parts'][number], { type: 'data-note' }>['data']>().toEqualTypeOf<string>();
    expectTypeOf<
      Extract<Own['parts'][number], { type: 'data-async-function' }>['data']
    >().toEqualTypeOf<AsyncFunctionData>();
  });
});

describe('the functions', () => {
  it('give the app’s own messages to onEnd', () => {
    const { stream } = streamText({ ...later.wrap({ model, tools, scope }), prompt: 'x' });
    toAsyncUIMessageStream({
      stream,
      later,
      scope,
      tools,
      onEnd: ({ messages }) => void expectTypeOf(messages).toEqualTypeOf<Message[]>(),
    });
    toAsyncUIMessageStream({
      stream,
      later,
      scope,
      tools,
      originalMessages: [] as UIMessage<{ at: number }>[],
      onEnd: ({ messages }) => void expectTypeOf(messages).toEqualTypeOf<UIMessage<{ at: number }>[]>(),
      messageMetadata: () => ({ at: 1 }),
    });
  });

  it('give messages back as they are typed', () => {
    expectTypeOf(refreshUIMessages({ messages: [] as Message[], later, scope, tools })).resolves.toEqualTypeOf<
      Message[]
    >();
  });
});
