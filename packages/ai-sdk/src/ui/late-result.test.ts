import { createFakeClock } from '@latecall/testing';
import { convertToModelMessages, isDataUIPart, isToolUIPart, streamText, type UIMessage } from 'ai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { callOf, completed, scriptedModel, textOf } from '../../test/fixtures.ts';
import { asyncTool, createLatecall } from '../index.ts';
import { refreshUIMessages } from './refresh-ui-messages.ts';
import { toAsyncUIMessageStream } from './to-async-ui-message-stream.ts';

const scope = { thread: 'thread-1' };

/** A chat whose tool takes a late result; told of the deadline, then the result comes. */
async function createChat(...answers: Parameters<typeof scriptedModel>) {
  const clock = createFakeClock();
  const render = asyncTool({
    inputSchema: z.object({ script: z.string() }),
    resultSchema: z.object({ url: z.string() }),
    dispatch: () => 1,
    deadline: '15m',
    lateResult: 'accept',
  });
  const tools = { render };
  const model = scriptedModel([callOf('render', { script: 'a' })], [textOf('It is overdue.')], ...answers);
  const later = createLatecall({ clock });
  let saved: UIMessage[] = [];
  const refresh = () => refreshUIMessages({ messages: saved, later, scope, tools, clock });
  const post = async (text?: string) => {
    const said: UIMessage[] =
      text === undefined ? [] : [{ id: `user_${saved.length}`, role: 'user', parts: [{ type: 'text', text }] }];
    saved = [...saved, ...said];
    const messages = await refresh();
    const history = await convertToModelMessages(messages, { tools });
    const { stream } = streamText({ ...later.wrap({ model, tools, scope }), messages: history });
    const onEnd = (event: { messages: UIMessage[] }) => {
      saved = JSON.parse(JSON.stringify(event.messages));
    };
    const shown = toAsyncUIMessageStream({ stream, later, scope, tools, clock, originalMessages: messages, onEnd });
    const chunks = await Array.fromAsync(shown);
    expect(chunks.filter(({ type }) => type === 'error')).toEqual([]);
  };
  await post('Render a.');
  const [task] = await later.pending(scope);
  if (task === undefined) throw new Error('Nothing is pending.');
  await clock.advance(15 * 60_000);
  await post();
  const chat = {
    task,
    refresh,
    post,
    settle: () => later.settle({ id: task.id, outcome: completed('u'), tools, scope }),
    toolParts: () => saved.flatMap(({ parts }) => parts.filter(isToolUIPart)),
    dataParts: () => saved.flatMap(({ parts }) => parts.filter(isDataUIPart)),
    prompts: () => model.doStreamCalls.map(({ prompt }) => prompt.map((message) => JSON.stringify(message))),
    saved: () => saved,
  };
  return chat;
}

describe('a late result that is welcome', () => {
  it('is expected: the call shows that it is overdue, as the model was told', async () => {
    const chat = await createChat();
    expect(chat.toolParts()).toMatchObject([{ state: 'output-error', errorText: expect.stringContaining('Overdue') }]);
    expect(chat.dataParts()).toMatchObject([{ id: chat.task.handle, data: { status: 'expired' } }]);
  });

  it('is not shown before a model was told', async () => {
    const chat = await createChat();
    expect((await chat.settle()).verdict).toBe('accepted');
    expect(await chat.refresh()).toEqual(chat.saved());
  });

  it('completes the call that it belongs to, and is no call of its own', async () => {
    const chat = await createChat([textOf('It is at u.')]);
    await chat.settle();
    await chat.post();
    expect(chat.toolParts()).toMatchObject([{ state: 'output-available', output: { url: 'u' } }]);
    const { toolCallId } = chat.toolParts()[0] ?? {};
    expect(chat.dataParts()).toMatchObject([{ id: chat.task.handle, data: { status: 'completed', toolCallId } }]);
    expect(await chat.refresh()).toEqual(chat.saved());
  });

  it('where the user has spoken: the new message has the data part, and the old call is completed on reload', async () => {
    const chat = await createChat([textOf('It is at u.')]);
    await chat.settle();
    await chat.post('Is it there?');
    const { toolCallId } = chat.toolParts()[0] ?? {};
    const late = chat.dataParts().at(-1);
    expect(late).toMatchObject({ id: chat.task.handle, data: { status: 'completed', toolCallId } });
    const [tool] = (await chat.refresh()).flatMap(({ parts }) => parts.filter(isToolUIPart));
    expect(tool).toMatchObject({ state: 'output-available', output: { url: 'u' } });
  });

  for (const text of [undefined, 'Is it there?']) {
    it(`keeps its place in later prompts, ${text === undefined ? 'told by itself' : 'told after the user spoke'}`, async () => {
      const chat = await createChat([textOf('It is at u.')], [textOf('You are welcome.')], [textOf('Bye.')]);
      await chat.settle();
      await chat.post(text);
      await chat.post('Thanks.');
      await chat.post('Bye.');
      const prompts = chat.prompts();
      expect(prompts).toHaveLength(5);
      expect(prompts[2]?.join()).toMatch(/Overdue.*await_async_result.*"url":"u"/);
      for (const [index, prompt] of prompts.slice(1).entries()) {
        expect(prompt.slice(0, prompts[index]?.length)).toEqual(prompts[index]);
      }
    });
  }
});
