import {
  convertToModelMessages,
  createUIMessageStreamResponse,
  isDataUIPart,
  isToolUIPart,
  readUIMessageStream,
  streamText,
  tool,
  type UIMessage,
  type UIMessageChunk,
} from 'ai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { callOf, completed, createRender, scriptedModel, textOf } from '../../test/fixtures.ts';
import { asyncTool, createLatecall, type Outcome } from '../index.ts';
import { refreshUIMessages } from './refresh-ui-messages.ts';
import { toAsyncUIMessageStream } from './to-async-ui-message-stream.ts';

const scope = { thread: 'thread-1' };
const renderCall = () => callOf('render', { script: 'a' });

/** A chat as an app runs it: `post` is its route, `saved` its database, `shown` its browser. */
function createChat(...answers: Parameters<typeof scriptedModel>) {
  const { render, dispatched } = createRender();
  const weather = tool({ inputSchema: z.object({}), execute: () => 'clear' });
  const tools = { render, weather };
  const later = createLatecall();
  const model = scriptedModel(...answers);
  const chat = {
    later,
    model,
    tools,
    dispatched,
    saved: [] as UIMessage[],
    shown: [] as UIMessage[],
    wire: [] as UIMessageChunk[],
    post: async (text?: string, options: { mode?: 'continue' } = {}) => {
      if (text !== undefined) {
        const said: UIMessage = { id: `user_${chat.saved.length}`, role: 'user', parts: [{ type: 'text', text }] };
        chat.saved = [...chat.saved, said];
        chat.shown = [...chat.shown, said];
      }
      const messages = await refreshUIMessages({ messages: chat.saved, later, scope, tools });
      const history = await convertToModelMessages(messages, { tools });
      const { stream } = streamText({ ...later.wrap({ model, tools, scope, ...options }), messages: history });
      const [wire, browser] = toAsyncUIMessageStream({
        stream,
        later,
        scope,
        tools,
        originalMessages: messages,
        generateMessageId: () => `assistant_${chat.saved.length}`,
        onEnd: (event) => {
          chat.saved = JSON.parse(JSON.stringify(event.messages));
        },
      }).tee();
      chat.wire = await Array.fromAsync(wire);
      const last = chat.shown.at(-1);
      const before = last?.role === 'assistant' ? chat.shown.slice(0, -1) : chat.shown;
      const message = last?.role === 'assistant' ? last : undefined;
      const states = readUIMessageStream({ stream: browser, ...(message === undefined ? {} : { message }) });
      for await (const state of states) chat.shown = [...before, JSON.parse(JSON.stringify(state))];
    },
    settle: async (outcome: Outcome) => {
      for (const { id } of await later.pending(scope)) await later.settle({ id, outcome, tools, scope });
    },
  };
  return chat;
}

const toolPart = (message: UIMessage | undefined) => message?.parts.find(isToolUIPart);
const dataParts = (message: UIMessage | undefined) =>
  message?.parts.filter(isDataUIPart).filter(({ type }) => type === 'data-async-function') ?? [];

describe('while a call is pending', () => {
  it('keeps a pending tool part input-available', async () => {
    const chat = createChat([renderCall()]);
    await chat.post('Render a.');
    expect(toolPart(chat.shown.at(-1))).toMatchObject({ state: 'input-available', input: { script: 'a' } });
    expect(toolPart(chat.shown.at(-1))).not.toHaveProperty('output');
  });

  it('puts a data part with the handle as its id beside the tool part', async () => {
    const chat = createChat([renderCall()]);
    await chat.post('Render a.');
    const [task] = await chat.later.pending(scope);
    expect(dataParts(chat.shown.at(-1))).toEqual([
      {
        type: 'data-async-function',
        id: task?.handle,
        data: {
          handle: task?.handle,
          toolName: 'render',
          toolCallId: toolPart(chat.shown.at(-1))?.toolCallId,
          status: 'working',
          dispatchedAt: new Date(task?.dispatchedAt ?? 0).toISOString(),
        },
      },
    ]);
  });

  it('never lets the receipt, the id or the keys reach the browser', async () => {
    const chat = createChat([renderCall()], [textOf('Here it is.')]);
    await chat.post('Render a.');
    const [task] = await chat.later.pending(scope);
    const first = JSON.stringify(chat.wire);
    await chat.settle(completed('u'));
    await chat.post();
    const sent = first + JSON.stringify(chat.wire) + JSON.stringify(chat.saved);
    for (const secret of [
      task?.id ?? '',
      task?.idempotencyKey ?? '',
      '"job"',
      'signature',
      'latecall',
      'async-function-request',
    ]) {
      expect(sent).not.toContain(secret);
    }
  });

  it('shows the receipt as far as the tool says that it is public', async () => {
    const { render } = createRender();
    const publicReceipt = (receipt: { job: number }) => `job ${receipt.job}`;
    const tools = { render: { ...render, asyncFunction: { ...render.asyncFunction, publicReceipt } } };
    const later = createLatecall();
    const { stream } = streamText({
      ...later.wrap({ model: scriptedModel([renderCall()]), tools, scope }),
      prompt: 'Render a.',
    });
    const chunks = await Array.fromAsync(toAsyncUIMessageStream({ stream, later, scope, tools }));
    expect(chunks).toContainEqual(
      expect.objectContaining({ type: 'data-async-function', data: expect.objectContaining({ receipt: 'job 1' }) }),
    );
  });

  it('rather shows nothing than the request where the store does not know it, as with a wrong scope', async () => {
    const { render } = createRender();
    const later = createLatecall();
    const tools = { render };
    const { stream } = streamText({
      ...later.wrap({ model: scriptedModel([renderCall()]), tools, scope }),
      prompt: 'Render a.',
    });
    const wrong = { thread: 'thread-2' };
    const chunks = await Array.fromAsync(toAsyncUIMessageStream({ stream, later, scope: wrong, tools }));
    expect(JSON.stringify(chunks)).not.toContain('"job"');
    expect(chunks.some(({ type }) => type.startsWith('tool-output'))).toBe(false);
  });

  it('persists what the browser showed', async () => {
    const chat = createChat([textOf('On it.'), renderCall()], [textOf('Here it is.')]);
    await chat.post('Render a.');
    expect(chat.saved).toEqual(chat.shown);
    await chat.settle(completed('u'));
    await chat.post();
    expect(chat.saved).toEqual(chat.shown);
  });

  it('lets the output of a plain tool of the same step through', async () => {
    const chat = createChat([renderCall(), callOf('weather', {})]);
    await chat.post('Render a; how is the weather?');
    const states = chat.shown
      .at(-1)
      ?.parts.filter(isToolUIPart)
      .map(({ state, output }) => [state, output]);
    expect(states).toEqual([
      ['input-available', undefined],
      ['output-available', 'clear'],
    ]);
  });

  it('keeps equal calls of one step apart', async () => {
    const chat = createChat([renderCall(), renderCall()]);
    await chat.post('Render a twice.');
    const data = dataParts(chat.shown.at(-1));
    expect(new Set(data.map(({ id }) => id)).size).toBe(2);
  });

  it('adds nothing to the message when a run pauses again', async () => {
    const chat = createChat([renderCall()]);
    await chat.post('Render a.');
    const before = chat.saved;
    await chat.post();
    expect(chat.saved).toEqual(before);
    expect(chat.model.doStreamCalls).toHaveLength(1);
  });

  it('shows a dispatch that failed as the tool error that it is', async () => {
    const render = asyncTool({
      inputSchema: z.object({ script: z.string() }),
      dispatch: () => {
        throw new Error('The farm is closed.');
      },
    });
    const later = createLatecall();
    const model = scriptedModel([renderCall()], [textOf('It is closed.')]);
    const { stream } = streamText({ ...later.wrap({ model, tools: { render }, scope }), prompt: 'Render a.' });
    const chunks = await Array.fromAsync(toAsyncUIMessageStream({ stream, later, scope, tools: { render } }));
    expect(chunks).toContainEqual(
      expect.objectContaining({ type: 'tool-output-error', errorText: expect.stringContaining('The farm is closed.') }),
    );
    expect(chunks.some(({ type }) => type === 'data-async-function')).toBe(false);
  });
});

describe('when a run tells the outcome', () => {
  it('completes the tool part of the message that it continues', async () => {
    const chat = createChat([renderCall()], [textOf('Here it is.')]);
    await chat.post('Render a.');
    await chat.settle(completed('u'));
    await chat.post();
    expect(chat.shown).toHaveLength(2);
    expect(toolPart(chat.shown.at(-1))).toMatchObject({ state: 'output-available', output: { url: 'u' } });
    expect(dataParts(chat.shown.at(-1))).toMatchObject([{ data: { status: 'completed' } }]);
    expect(chat.shown.at(-1)?.parts.at(-1)).toMatchObject({ type: 'text', text: 'Here it is.' });
  });

  it.each<[Outcome, string]>([
    [{ status: 'failed', error: { message: 'out of disk' } }, 'Failed: out of disk'],
    [
      { status: 'cancelled', reason: 'not wanted' },
      'Cancelled (not wanted). There is no result and there will be none.',
    ],
  ])('words the outcome %j as the model read it', async (outcome, text) => {
    const chat = createChat([renderCall()], [textOf('A pity.')]);
    await chat.post('Render a.');
    await chat.settle(outcome);
    await chat.post();
    expect(toolPart(chat.shown.at(-1))).toMatchObject({ state: 'output-error', errorText: text });
    expect(dataParts(chat.shown.at(-1))).toMatchObject([{ data: { status: outcome.status } }]);
    expect(JSON.stringify(chat.model.doStreamCalls[1]?.prompt)).toContain(text);
  });

  it('carries the data part in the new message where the user has spoken since', async () => {
    const chat = createChat([renderCall()], [textOf('Still rendering.')], [textOf('Here it is.')]);
    await chat.post('Render a.');
    await chat.post('How is it going?');
    await chat.settle(completed('u'));
    await chat.post('And now?');
    expect(chat.wire.some(({ type }) => type.startsWith('tool-output'))).toBe(false);
    expect(dataParts(chat.shown.at(-1))).toMatchObject([
      {
        id: dataParts(chat.shown[1])[0]?.id,
        data: { status: 'completed', toolCallId: toolPart(chat.shown[1])?.toolCallId },
      },
    ]);
  });

  it('completes a call of the same run in mode continue', async () => {
    const { render } = createRender();
    const tools = { render, wait: tool({ inputSchema: z.object({}), execute: () => settleAll() }) };
    const later = createLatecall();
    const settleAll = async () => {
      for (const { id } of await later.pending(scope))
        await later.settle({ id, outcome: completed('u'), tools, scope });
      return 'waited';
    };
    const model = scriptedModel([renderCall()], [callOf('wait', {})], [textOf('Here it is.')]);
    const agent = later.wrap({ model, tools, scope, mode: 'continue', scheduling: 'interrupt' });
    const { stream } = streamText({ ...agent, prompt: 'Render a.' });
    let message: UIMessage | undefined;
    const shown = toAsyncUIMessageStream({ stream, later, scope, tools });
    for await (const state of readUIMessageStream({ stream: shown })) message = state;
    expect(toolPart(message)).toMatchObject({ state: 'output-available', output: { url: 'u' } });
    expect(dataParts(message)).toMatchObject([{ data: { status: 'completed' } }]);
  });

  it('adds nothing when a run pauses for a call of an earlier step', async () => {
    const chat = createChat([renderCall()], [textOf('It is rendering.')]);
    await chat.post('Render a.', { mode: 'continue' });
    const before = chat.saved;
    await chat.post(undefined, { mode: 'continue' });
    expect(chat.model.doStreamCalls).toHaveLength(2);
    expect(chat.saved).toEqual(before);
    expect(chat.shown).toEqual(before);
  });

  it('sends no output for a call that the message is not known to have', async () => {
    const chat = createChat([renderCall()], [textOf('Here it is.')]);
    await chat.post('Render a.');
    await chat.settle(completed('u'));
    const { later, model, tools } = chat;
    const history = await convertToModelMessages(chat.saved, { tools });
    const { stream } = streamText({ ...later.wrap({ model, tools, scope }), messages: history });
    const chunks = await Array.fromAsync(toAsyncUIMessageStream({ stream, later, scope, tools }));
    expect(chunks.some(({ type }) => type.startsWith('tool-'))).toBe(false);
    expect(chunks).toContainEqual(expect.objectContaining({ type: 'data-async-function' }));
  });

  it('shows a stale result as the result, and says in the data part that it is stale', async () => {
    const { render } = createRender();
    const later = createLatecall({ policy: { snapshot: () => 1, isFresh: () => false } });
    const model = scriptedModel([renderCall()], [textOf('Careful.')]);
    const tools = { render };
    const agent = later.wrap({ model, tools, scope });
    let saved: UIMessage[] = [];
    const run = async () => {
      const history = await convertToModelMessages(saved, { tools });
      const { stream } = streamText({ ...agent, messages: [{ role: 'user', content: 'Render a.' }, ...history] });
      const onEnd = ({ messages }: { messages: UIMessage[] }) => {
        saved = messages;
      };
      await Array.fromAsync(toAsyncUIMessageStream({ stream, later, scope, tools, originalMessages: saved, onEnd }));
    };
    await run();
    for (const { id } of await later.pending(scope)) await later.settle({ id, outcome: completed('u'), tools, scope });
    await run();
    expect(toolPart(saved.at(-1))).toMatchObject({ state: 'output-available', output: { url: 'u' } });
    expect(dataParts(saved.at(-1))).toMatchObject([{ data: { status: 'completed', stale: true } }]);
  });
});

describe('what the host’s own function does', () => {
  it('makes a Response that a browser reads', async () => {
    const { render } = createRender();
    const later = createLatecall();
    const tools = { render };
    const { stream } = streamText({
      ...later.wrap({ model: scriptedModel([renderCall()]), tools, scope }),
      prompt: 'x',
    });
    const response = createUIMessageStreamResponse({ stream: toAsyncUIMessageStream({ stream, later, scope, tools }) });
    const body = await response.text();
    expect(body).toContain('data-async-function');
    expect(body).not.toContain('"job"');
  });

  it('tells onEnd how the run ended', async () => {
    const { render } = createRender();
    const later = createLatecall();
    const tools = { render };
    const ends: unknown[] = [];
    const run = async (...answers: Parameters<typeof scriptedModel>) => {
      const model = scriptedModel(...answers);
      const { stream } = streamText({
        ...later.wrap({ model, tools, scope }),
        prompt: 'x',
        onError: () => undefined,
        maxRetries: 0,
      });
      const onEnd = ({ outcome, isContinuation }: { outcome: { status: string }; isContinuation: boolean }) =>
        void ends.push([outcome.status, isContinuation]);
      await Array.fromAsync(toAsyncUIMessageStream({ stream, later, scope, tools, onEnd }));
    };
    await run([textOf('Hello.')]);
    await run(); // the script has run out: the model call fails
    expect(ends).toEqual([
      ['completed', false],
      ['failed', false],
    ]);
  });

  it('leaves the naming of the message to the client where nothing else is known', async () => {
    const { render } = createRender();
    const later = createLatecall();
    const tools = { render };
    const { stream } = streamText({
      ...later.wrap({ model: scriptedModel([textOf('Hi.')]), tools, scope }),
      prompt: 'x',
    });
    const onEnd = () => undefined;
    const [start] = await Array.fromAsync(toAsyncUIMessageStream({ stream, later, scope, tools, onEnd }));
    expect(start).toEqual({ type: 'start' });
  });

  it('calls onStepEnd with a message in which the pending call has no output', async () => {
    const { render } = createRender();
    const later = createLatecall();
    const tools = { render };
    const states: unknown[] = [];
    const { stream } = streamText({
      ...later.wrap({ model: scriptedModel([renderCall()]), tools, scope }),
      prompt: 'x',
    });
    const onStepEnd = ({ responseMessage }: { responseMessage: UIMessage }) =>
      void states.push(toolPart(responseMessage)?.state);
    await Array.fromAsync(toAsyncUIMessageStream({ stream, later, scope, tools, onStepEnd }));
    expect(states).toEqual(['input-available']);
  });
});

describe('a stream that clients join by resumeStream', () => {
  it('begins with the message that it continues, part by part', async () => {
    const approval = {
      id: 'approval_1',
      approved: true as const,
      isAutomatic: true,
      requestReason: 'costly',
      reason: 'fine',
    };
    const call = { type: 'tool-weather' as const, input: { city: 'Oslo' } };
    const before: UIMessage = {
      id: 'assistant_1',
      role: 'assistant',
      metadata: { at: 1 },
      parts: [
        { type: 'step-start' },
        { type: 'reasoning', id: 'r', text: 'Hm.', state: 'done', providerMetadata: { openai: { itemId: 'r' } } },
        { type: 'text', text: 'Let me see.', state: 'done', providerMetadata: { openai: { itemId: 't' } } },
        { type: 'file', mediaType: 'image/png', url: 'data:image/png;base64,AA==' },
        { type: 'source-url', sourceId: 's', url: 'https://example.com' },
        { type: 'custom', kind: 'app.note' },
        { type: 'data-note', id: 'n', data: { text: 'note' } },
        { ...call, toolCallId: 'call_a', state: 'output-available', output: 'clear', approval },
        { ...call, toolCallId: 'call_b', state: 'output-error', errorText: 'no such city', title: 'Weather' },
        { ...call, toolCallId: 'call_c', state: 'output-denied', approval: { id: 'approval_2', approved: false } },
        { ...call, toolCallId: 'call_d', state: 'approval-requested', approval: { id: 'approval_3', signature: 's' } },
        { type: 'step-start' },
        { type: 'dynamic-tool', toolName: 'x', toolCallId: 'call_e', state: 'input-available', input: {} },
        {
          type: 'tool-weather',
          toolCallId: 'call_f',
          state: 'input-streaming',
          rawInput: '{"city":"Os',
          input: { city: 'Os' },
        },
      ],
    };
    const later = createLatecall();
    const tools = { weather: tool({ inputSchema: z.object({ city: z.string() }), execute: () => 'clear' }) };
    const agent = later.wrap({ model: scriptedModel([textOf('It is clear.')]), tools, scope });
    const { stream } = streamText({ ...agent, prompt: 'x' });
    const shown = toAsyncUIMessageStream({ stream, later, scope, tools, originalMessages: [before], replay: true });
    let message: UIMessage | undefined;
    for await (const state of readUIMessageStream({ stream: shown })) message = JSON.parse(JSON.stringify(state));
    expect(message).toEqual({
      ...before,
      parts: [...before.parts, { type: 'step-start' }, { type: 'text', text: 'It is clear.', state: 'done' }],
    });
  });
});
