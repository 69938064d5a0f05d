import { convertToModelMessages, isDataUIPart, isToolUIPart, streamText, type UIMessage } from 'ai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { callOf, completed, scriptedModel, textOf } from '../../test/fixtures.ts';
import { asyncTool, createLatecall } from '../index.ts';
import { refreshUIMessages } from './refresh-ui-messages.ts';
import { toAsyncUIMessageStream } from './to-async-ui-message-stream.ts';

const scope = { thread: 'thread-1' };
const order = () => callOf('order', { article: 'a' });

/** A chat whose tool takes equal orders for one. */
function createChat(...answers: Parameters<typeof scriptedModel>) {
  const jobs: string[] = [];
  const tools = {
    order: asyncTool({
      inputSchema: z.object({ article: z.string() }),
      resultSchema: z.object({ url: z.string() }),
      dispatch: ({ article }) => jobs.push(article),
      idempotencyKey: ({ article }) => article,
    }),
  };
  const model = scriptedModel(...answers);
  const later = createLatecall();
  let saved: UIMessage[] = [];
  const refresh = () => refreshUIMessages({ messages: saved, later, scope, tools });
  const post = async (text?: string) => {
    if (text !== undefined)
      saved = [...saved, { id: `user_${saved.length}`, role: 'user', parts: [{ type: 'text', text }] }];
    const messages = await refresh();
    const history = await convertToModelMessages(messages, { tools });
    const { stream } = streamText({ ...later.wrap({ model, tools, scope }), messages: history });
    const onEnd = (event: { messages: UIMessage[] }) => {
      saved = JSON.parse(JSON.stringify(event.messages));
    };
    const shown = toAsyncUIMessageStream({ stream, later, scope, tools, originalMessages: messages, onEnd });
    const chunks = await Array.fromAsync(shown);
    expect(chunks.filter(({ type }) => type === 'error')).toEqual([]);
  };
  const settle = async () => {
    for (const { id } of await later.pending(scope)) await later.settle({ id, outcome: completed('u'), tools, scope });
  };
  return { jobs, post, refresh, settle, saved: () => saved };
}

const toolParts = (messages: readonly UIMessage[]) => messages.flatMap(({ parts }) => parts.filter(isToolUIPart));
const dataParts = (messages: readonly UIMessage[]) => messages.flatMap(({ parts }) => parts.filter(isDataUIPart));
const told = { state: 'output-available', output: { url: 'u' } };

describe('two calls that are one piece of work', () => {
  it('completes both of one message', async () => {
    const chat = createChat([order(), order()], [textOf('It is at u.')]);
    await chat.post('Order a, twice.');
    expect(toolParts(chat.saved())).toMatchObject([{ state: 'input-available' }, { state: 'input-available' }]);
    await chat.settle();
    await chat.post();
    expect(toolParts(chat.saved())).toMatchObject([told, told]);
    expect(dataParts(chat.saved())).toMatchObject([{ data: { status: 'completed' } }]);
    expect(await chat.refresh()).toEqual(chat.saved());
    expect(chat.jobs).toEqual(['a']);
  });

  it('shows a call that joins work which is done as done, and the earlier one as it was', async () => {
    const chat = createChat([order()], [textOf('It is at u.')], [order()], [textOf('At u, as before.')]);
    await chat.post('Order a.');
    await chat.settle();
    await chat.post();
    await chat.post('Order a again.');
    expect(toolParts(chat.saved())).toMatchObject([told, told]);
    expect(chat.saved().at(-1)?.parts.at(-1)).toMatchObject({ type: 'text', text: 'At u, as before.' });
    expect(chat.jobs).toEqual(['a']);
  });

  it('brings the earlier call up to date where the later one stands in another message', async () => {
    const chat = createChat([order()], [order()], [textOf('It is at u.')]);
    await chat.post('Order a.');
    await chat.post('Order a again.');
    await chat.settle();
    await chat.post();
    expect(toolParts(await chat.refresh())).toMatchObject([told, told]);
    expect(chat.jobs).toEqual(['a']);
  });
});
