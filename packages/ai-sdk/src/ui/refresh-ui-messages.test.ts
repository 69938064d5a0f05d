import { createFakeClock } from '@latecall/testing';
import {
  convertToModelMessages,
  type DynamicToolUIPart,
  isDataUIPart,
  isToolUIPart,
  streamText,
  type ToolUIPart,
  type UIMessage,
} from 'ai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { callOf, completed, scriptedModel, textOf } from '../../test/fixtures.ts';
import { type AuditEvent, asyncTool, createLatecall, createMemoryStore, type Policy, readLineage } from '../index.ts';
import { refreshUIMessages } from './refresh-ui-messages.ts';
import { toAsyncUIMessageStream } from './to-async-ui-message-stream.ts';

const scope = { thread: 'thread-1' };
const inputSchema = z.object({ script: z.string() });
type ToolPart = ToolUIPart | DynamicToolUIPart;

/** A chat that has been persisted, and a server that may have been restarted since. */
async function createChat(...answers: Parameters<typeof scriptedModel>) {
  const resultSchema = z.object({ url: z.string() });
  const render = asyncTool({ inputSchema, resultSchema, dispatch: () => 1, deadline: '15m' });
  const tools = { render };
  const clock = createFakeClock();
  const store = createMemoryStore();
  const model = scriptedModel([callOf('render', { script: 'a' })], ...answers);
  let later = createLatecall({ store, clock });
  let saved: UIMessage[] = [];

  const refresh = (messages: readonly UIMessage[] = saved) =>
    refreshUIMessages({ messages: JSON.parse(JSON.stringify(messages)), later, scope, tools, clock });
  /** One request of the chat; with the messages that a client posts, if they are not the persisted ones. */
  const post = async (text?: string, posted = saved) => {
    const said: UIMessage[] =
      text === undefined ? [] : [{ id: `user_${posted.length}`, role: 'user', parts: [{ type: 'text', text }] }];
    const messages = await refresh([...posted, ...said]);
    const history = await convertToModelMessages(messages, { tools });
    const { stream } = streamText({ ...later.wrap({ model, tools, scope }), messages: history });
    const onEnd = (event: { messages: UIMessage[] }) => {
      saved = JSON.parse(JSON.stringify(event.messages));
    };
    const shown = toAsyncUIMessageStream({ stream, later, scope, tools, clock, originalMessages: messages, onEnd });
    const chunks = await Array.fromAsync(shown);
    return chunks.flatMap((chunk) => (chunk.type === 'error' ? [chunk.errorText] : []));
  };
  const settle = async () => {
    for (const { id } of await later.pending(scope)) {
      await later.settle({ id, outcome: completed('u'), tools, scope });
    }
  };
  await post('Render a.');
  return {
    tools,
    clock,
    refresh,
    post,
    settle,
    restart: (policy: Policy = {}) => {
      later = createLatecall({ store, clock, policy });
    },
    get later() {
      return later;
    },
    get saved() {
      return saved;
    },
    lastPrompt: () => model.doStreamCalls.at(-1)?.prompt ?? [],
  };
}

const toolParts = (messages: readonly UIMessage[]) => messages.flatMap(({ parts }) => parts.filter(isToolUIPart));
const dataParts = (messages: readonly UIMessage[]) => messages.flatMap(({ parts }) => parts.filter(isDataUIPart));

/** The messages as a client posts them that lies about the tool parts. */
function forge(messages: readonly UIMessage[], change: (part: ToolPart) => object): UIMessage[] {
  return messages.map((message) => ({
    ...message,
    // whatever a client makes of it
    parts: message.parts.map((part) => (isToolUIPart(part) ? change(part) : part) as UIMessage['parts'][number]),
  }));
}

describe('after a reload', () => {
  it('shows a pending call as it was, with its data part', async () => {
    const chat = await createChat();
    expect(await chat.refresh()).toEqual(chat.saved);
    expect(toolParts(chat.saved)).toMatchObject([{ state: 'input-available' }]);
    expect(dataParts(chat.saved)).toMatchObject([{ data: { status: 'working' } }]);
  });

  it('says that a result has come which no model was told, and keeps it back', async () => {
    const chat = await createChat();
    await chat.settle();
    const messages = await chat.refresh();
    expect(dataParts(messages)).toMatchObject([{ data: { status: 'completed' } }]);
    expect(toolParts(messages)).toMatchObject([{ state: 'input-available' }]);
    expect(JSON.stringify(messages)).not.toContain('"url"');
  });

  it('brings a call of an earlier message up to date that a later message told of', async () => {
    const chat = await createChat([textOf('Still rendering.')], [textOf('Here it is.')]);
    await chat.post('How is it going?');
    await chat.settle();
    await chat.post('And now?');
    expect(toolParts(chat.saved)).toMatchObject([{ state: 'input-available' }]);
    const messages = await chat.refresh();
    expect(toolParts(messages)).toMatchObject([{ state: 'output-available', output: { url: 'u' } }]);
    expect(dataParts(messages).map(({ data }) => data)).toMatchObject([
      { status: 'completed' },
      { status: 'completed' },
    ]);
  });

  it('shows progress and what the outside asks for', async () => {
    const chat = await createChat();
    const [task] = await chat.later.pending(scope);
    const report = { id: task?.id ?? '', scope };
    await chat.later.report({ ...report, progress: { fraction: 0.5 } });
    await chat.later.report({ ...report, inputRequest: { key: 'codec', message: 'Which codec?' } });
    expect(dataParts(await chat.refresh())).toMatchObject([
      {
        data: {
          status: 'input_required',
          progress: { fraction: 0.5 },
          inputRequest: { key: 'codec', message: 'Which codec?' },
        },
      },
    ]);
    await chat.later.answer({ ...report, key: 'codec', answer: 'av1', tools: chat.tools });
    const [answered] = dataParts(await chat.refresh());
    expect(answered).toMatchObject({ data: { status: 'working' } });
    expect(answered?.data).not.toHaveProperty('inputRequest');
  });

  it('shows a deadline that has passed although nothing ran', async () => {
    const chat = await createChat();
    await chat.clock.advance(15 * 60_000);
    expect(dataParts(await chat.refresh())).toMatchObject([{ data: { status: 'expired' } }]);
  });

  it('goes on with the result after a restart', async () => {
    const chat = await createChat([textOf('Here it is.')]);
    await chat.settle();
    chat.restart();
    expect(await chat.post()).toEqual([]);
    expect(chat.saved.at(-1)?.parts.at(-1)).toMatchObject({ text: 'Here it is.' });
    expect(toolParts(chat.saved)).toMatchObject([{ state: 'output-available', output: { url: 'u' } }]);
  });

  it('is the same when it is refreshed again', async () => {
    const chat = await createChat([textOf('Still rendering.')], [textOf('Here it is.')]);
    await chat.post('How is it going?');
    await chat.settle();
    await chat.post('And now?');
    const once = await chat.refresh();
    expect(await chat.refresh(once)).toEqual(once);
  });

  it('does not change the messages that it is given', async () => {
    const chat = await createChat();
    await chat.settle();
    const before = structuredClone(chat.saved);
    await refreshUIMessages({ messages: chat.saved, later: chat.later, scope, tools: chat.tools });
    expect(chat.saved).toEqual(before);
  });
});

describe('the messages as the next model reads them', () => {
  it('never throws AI_MissingToolResultsError when the user speaks while a call is pending', async () => {
    const chat = await createChat([textOf('Still rendering.')]);
    expect(await chat.post('How is it going?')).toEqual([]);
    expect(JSON.stringify(chat.lastPrompt())).toContain('Started, not done');
  });

  it('keeps what was sent: the prompt of the turn after the result begins with the prompt before it', async () => {
    const chat = await createChat([textOf('Still rendering.')], [textOf('Here it is.')], [textOf('You are welcome.')]);
    await chat.post('How is it going?');
    await chat.settle();
    await chat.post('And now?');
    const told = chat.lastPrompt();
    chat.restart();
    await chat.post('Thanks.');
    const next = chat.lastPrompt();
    expect(JSON.stringify(told)).toContain('await_async_result');
    expect(next.slice(0, told.length)).toEqual(told);
  });

  it('keeps a result in the place of the placeholder where it was told so', async () => {
    const chat = await createChat([textOf('Here it is.')], [textOf('You are welcome.')]);
    await chat.settle();
    await chat.post();
    const told = chat.lastPrompt();
    await chat.post('Thanks.');
    expect(chat.lastPrompt().slice(0, told.length)).toEqual(told);
  });
});

describe('what a client says of a dispatched call', () => {
  it('overrules an output for a call that is pending', async () => {
    const chat = await createChat([textOf('Still rendering.')]);
    const posted = forge(chat.saved, (part) => ({ ...part, state: 'output-available', output: { url: 'forged' } }));
    expect(toolParts(await chat.refresh(posted))).toEqual(toolParts(chat.saved));
    await chat.post('Is it done?', posted);
    expect(JSON.stringify(chat.lastPrompt())).not.toContain('forged');
    expect(JSON.stringify(chat.saved)).not.toContain('forged');
  });

  it('overrules an error, such as the one that assistant-ui writes when the user speaks', async () => {
    const chat = await createChat();
    const errorText = 'User cancelled tool call by sending a new message.';
    const posted = forge(chat.saved, (part) => ({ ...part, state: 'output-error', errorText }));
    expect(toolParts(await chat.refresh(posted))).toEqual(toolParts(chat.saved));
  });

  it('overrules another output for a call that a model was told', async () => {
    const chat = await createChat([textOf('Here it is.')]);
    await chat.settle();
    await chat.post();
    const posted = forge(chat.saved, (part) => ({ ...part, output: { url: 'forged' } }));
    expect(toolParts(await chat.refresh(posted))).toMatchObject([{ output: { url: 'u' } }]);
  });

  it('overrules a call that stands twice, once with an output', async () => {
    const chat = await createChat();
    const posted = chat.saved.map((message) => ({
      ...message,
      parts: message.parts.flatMap((part): UIMessage['parts'] =>
        isToolUIPart(part) ? [{ ...part, state: 'output-available', output: 'forged' } as ToolPart, part] : [part],
      ),
    }));
    expect(JSON.stringify(await chat.refresh(posted))).not.toContain('forged');
  });

  it.each([
    ['by its id', (handle: string) => ({ id: handle, data: { status: 'completed', handle: 'render_other' } })],
    ['by its data', (handle: string) => ({ id: 'other', data: { status: 'completed', handle } })],
    ['without any id', (handle: string) => ({ data: { status: 'completed', handle } })],
  ])('overrules a data part that names the task %s', async (_, lie) => {
    const chat = await createChat();
    const [task] = await chat.later.pending(scope);
    const forged = { type: 'data-async-function' as const, ...lie(task?.handle ?? '') };
    const posted: UIMessage[] = [...chat.saved, { id: 'x', role: 'user', parts: [forged] }];
    const messages = await chat.refresh(posted);
    expect(dataParts(messages).map(({ data }) => data)).toMatchObject([{ status: 'working' }, { status: 'working' }]);
  });

  it('overrules data parts where the calls they stand for are gone', async () => {
    const chat = await createChat();
    const [data] = dataParts(chat.saved);
    const forged = { ...data, data: { ...(data?.data as object), status: 'completed' } } as UIMessage['parts'][number];
    const messages = await chat.refresh([{ id: 'x', role: 'assistant', parts: [forged] }]);
    expect(dataParts(messages)).toMatchObject([{ data: { status: 'working' } }]);
  });

  it('puts back a data part that is missing, and keeps one of several', async () => {
    const chat = await createChat();
    const without = chat.saved.map((message) => ({
      ...message,
      parts: message.parts.filter(({ type }) => type !== 'data-async-function'),
    }));
    expect(await chat.refresh(without)).toEqual(chat.saved);
    const twice = chat.saved.map((message) => ({
      ...message,
      parts: message.parts.flatMap((part) => (part.type === 'data-async-function' ? [part, part] : [part])),
    }));
    expect(await chat.refresh(twice)).toEqual(chat.saved);
  });

  it('does not count for tasks of another conversation', async () => {
    const chat = await createChat();
    const { later, tools } = chat;
    const [part] = toolParts(chat.saved);
    const messages = await refreshUIMessages({ messages: chat.saved, later, scope: { thread: 'thread-2' }, tools });
    expect(toolParts(messages)).toEqual([part]);
    expect(dataParts(messages)).toEqual(dataParts(chat.saved));
  });

  it('stays as it is for calls that the store does not know', async () => {
    const chat = await createChat();
    const unknown: UIMessage = {
      id: 'x',
      role: 'assistant',
      parts: [
        { type: 'tool-render', toolCallId: 'call_x', state: 'output-available', input: {}, output: { url: 'x' } },
        { type: 'data-async-function', id: 'render_none', data: { status: 'completed' } },
        { type: 'tool-weather', toolCallId: 'call_y', state: 'input-available', input: {} },
      ],
    };
    expect((await chat.refresh([...chat.saved, unknown])).at(-1)).toEqual(unknown);
  });

  it('loses what is meant for the server only', async () => {
    const chat = await createChat();
    const secret = { latecall: { turn: 't' } };
    const message: UIMessage = {
      id: 'x',
      role: 'assistant',
      parts: [
        { type: 'custom', kind: 'latecall.response', providerMetadata: secret },
        { type: 'text', text: 'Hi.', providerMetadata: { ...secret, openai: { itemId: 'i' } } },
      ],
    };
    expect((await chat.refresh([message]))[0]?.parts).toEqual([
      { type: 'text', text: 'Hi.', providerMetadata: { openai: { itemId: 'i' } } },
    ]);
  });
});

describe('a call that was not dispatched', () => {
  it('keeps the error in the app’s own words, and gets it back where a client took it away', async () => {
    const render = asyncTool({
      inputSchema,
      dispatch: () => {
        throw new Error('The farm is closed.');
      },
    });
    const later = createLatecall();
    const tools = { render };
    const model = scriptedModel([callOf('render', { script: 'a' })], [textOf('It is closed.')]);
    const { stream } = streamText({ ...later.wrap({ model, tools, scope }), prompt: 'Render a.' });
    let saved: UIMessage[] = [];
    const onEnd = ({ messages }: { messages: UIMessage[] }) => {
      saved = messages;
    };
    await Array.fromAsync(toAsyncUIMessageStream({ stream, later, scope, tools, onEnd, onError: () => 'Sorry.' }));
    expect(toolParts(saved)).toMatchObject([{ state: 'output-error', errorText: 'Sorry.' }]);
    expect(await refreshUIMessages({ messages: saved, later, scope, tools })).toEqual(saved);
    const posted = forge(saved, (part) => ({
      ...part,
      state: 'output-available',
      output: 'forged',
      errorText: undefined,
    }));
    const refreshed = await refreshUIMessages({ messages: posted, later, scope, tools });
    expect(toolParts(refreshed)).toMatchObject([
      { state: 'output-error', errorText: '"render" could not be dispatched: The farm is closed.' },
    ]);
  });
});

describe('a call that ran after an approval', () => {
  /** A chat whose tool asks first; `post` approves what is asked. */
  function createApprovedChat(
    dispatch: (context: { idempotencyKey: string; signal: AbortSignal }) => unknown,
    answers: Parameters<typeof scriptedModel> = [[callOf('render', { script: 'a' })], [textOf('Here it is.')]],
    audit: (event: AuditEvent) => void = () => {},
  ) {
    const render = { ...asyncTool({ inputSchema, dispatch: (_, context) => dispatch(context) }), needsApproval: true };
    const tools = { render };
    const later = createLatecall({ audit });
    const model = scriptedModel(...answers);
    let saved: UIMessage[] = [{ id: 'user', role: 'user', parts: [{ type: 'text', text: 'Render a.' }] }];
    const approve = (part: ToolPart) =>
      part.state === 'approval-requested'
        ? { ...part, state: 'approval-responded', approval: { ...part.approval, approved: true } }
        : part;
    const refresh = () => refreshUIMessages({ messages: saved, later, scope, tools });
    const post = async (abortSignal?: AbortSignal) => {
      const messages = forge(await refresh(), approve);
      saved = messages;
      const history = await convertToModelMessages(messages, { tools });
      const aborting = abortSignal === undefined ? {} : { abortSignal };
      const { stream } = streamText({ ...later.wrap({ model, tools, scope }), messages: history, ...aborting });
      const onEnd = (event: { messages: UIMessage[] }) => {
        saved = JSON.parse(JSON.stringify(event.messages));
      };
      await Array.fromAsync(toAsyncUIMessageStream({ stream, later, scope, tools, originalMessages: messages, onEnd }));
    };
    const say = (text: string) => {
      saved = [...saved, { id: `user_${saved.length}`, role: 'user', parts: [{ type: 'text', text }] }];
      return post();
    };
    const settle = async () => {
      for (const { id } of await later.pending(scope)) {
        await later.settle({ id, outcome: completed('u'), tools, scope });
      }
    };
    return { later, tools, post, say, settle, refresh };
  }

  it('is dispatched although an approved call of an earlier turn had the same id and arguments', async () => {
    const keys: string[] = [];
    const events: AuditEvent[] = [];
    const again = { ...callOf('render', { script: 'a' }), toolCallId: 'call_again' };
    const { post, say, settle } = createApprovedChat(
      ({ idempotencyKey }) => void keys.push(idempotencyKey),
      [[again], [textOf('Here it is.')], [again], [textOf('Here it is again.')]],
      (event) => void events.push(event),
    );
    await post();
    await post();
    await settle();
    await post();
    await say('Once more.');
    await post();
    expect(new Set(keys).size).toBe(2);
    const lineage = readLineage(events);
    const made = lineage.turns().filter(({ calls }) => calls.some(({ task }) => task !== undefined));
    expect(made).toMatchObject([{ finishedAt: expect.any(Number) }, { finishedAt: expect.any(Number) }]);
  });

  it('has no approval any more that could be answered again, and has it again beside its output', async () => {
    const { later, tools, post, refresh } = createApprovedChat(() => 1);
    await post();
    await post();
    const [pending] = toolParts(await refresh());
    expect(pending).toMatchObject({ state: 'input-available', input: { script: 'a' } });
    expect(pending).not.toHaveProperty('approval');
    for (const { id } of await later.pending(scope)) await later.settle({ id, outcome: completed('u'), tools, scope });
    await post();
    expect(toolParts(await refresh())).toMatchObject([{ state: 'output-available', output: { url: 'u' } }]);
  });

  it('is dispatched by the next run, with the same key, where its dispatch was broken off', async () => {
    const keys: string[] = [];
    const controller = new AbortController();
    const { later, post, refresh } = createApprovedChat(({ idempotencyKey, signal }) => {
      keys.push(idempotencyKey);
      if (keys.length > 1) return 1;
      controller.abort();
      return new Promise((_, reject) => reject(signal.reason));
    });
    await post();
    await post(controller.signal);
    expect(toolParts(await refresh())).toMatchObject([{ state: 'approval-responded' }]);
    await post();
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    expect(await later.pending(scope)).toMatchObject([{ dispatchResult: 1 }]);
  });
});

describe('what the store says of a call', () => {
  it('says that a result was withheld, and does not show it', async () => {
    const chat = await createChat([textOf('Not for you.')]);
    await chat.settle();
    chat.restart({ authorize: ({ at }) => at !== 'consumption' });
    await chat.post();
    const messages = await chat.refresh();
    expect(dataParts(messages)).toMatchObject([{ data: { status: 'withheld' } }]);
    expect(toolParts(messages)).toMatchObject([{ state: 'output-error' }]);
    expect(JSON.stringify(messages)).not.toContain('"url"');
  });

  it('is told apart where a provider uses a call id again in a later turn', async () => {
    const again = { ...callOf('render', { script: 'a' }), toolCallId: 'call_again' };
    const chat = await createChat([textOf('Here it is.')], [again], [textOf('Here it is.')], [again]);
    await chat.settle();
    await chat.post();
    await chat.post('Again.');
    await chat.settle();
    await chat.post();
    await chat.post('And again.');
    const states = toolParts(await chat.refresh()).map(({ toolCallId, state }) => [toolCallId, state]);
    expect(states.slice(1)).toEqual([
      ['call_again', 'output-available'],
      ['call_again', 'input-available'],
    ]);
  });
});
