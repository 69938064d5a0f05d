import {
  AbstractChat,
  type ChatState,
  type ChatTransport,
  convertToModelMessages,
  isToolUIPart,
  lastAssistantMessageIsCompleteWithApprovalResponses,
  lastAssistantMessageIsCompleteWithToolCalls,
  streamText,
  type UIMessage,
  type UIMessageChunk,
} from 'ai';
import { describe, expect, it } from 'vitest';
import { callOf, completed, createRender, scriptedModel, textOf } from '../../test/fixtures.ts';
import { createLatecall } from '../index.ts';
import { refreshUIMessages } from './refresh-ui-messages.ts';
import { toAsyncUIMessageStream } from './to-async-ui-message-stream.ts';

// The chat of useChat without React: what the browser does with our streams.

const scope = { thread: 'thread-1' };

class PlainState implements ChatState<UIMessage> {
  status: ChatState<UIMessage>['status'] = 'ready';
  error: Error | undefined = undefined;
  messages: UIMessage[] = [];
  pushMessage = (message: UIMessage) => {
    this.messages = [...this.messages, message];
  };
  popMessage = () => {
    this.messages = this.messages.slice(0, -1);
  };
  replaceMessage = (index: number, message: UIMessage) => {
    this.messages = this.messages.with(index, structuredClone(message));
  };
  snapshot = <THING>(thing: THING): THING => structuredClone(thing);
}

const predicates = [lastAssistantMessageIsCompleteWithToolCalls, lastAssistantMessageIsCompleteWithApprovalResponses];

class PlainChat extends AbstractChat<UIMessage> {}

/** A server with one chat, and browsers that show it. */
function createServer(input: { answers: Parameters<typeof scriptedModel>; needsApproval?: boolean }) {
  const { render, dispatched } = createRender();
  const later = createLatecall();
  const model = scriptedModel(...input.answers);
  const tools = { render: input.needsApproval === true ? { ...render, needsApproval: true } : render };
  let requests = 0;
  const run = async (posted: readonly UIMessage[], replay = false): Promise<ReadableStream<UIMessageChunk>> => {
    const messages = await refreshUIMessages({ messages: posted, later, scope, tools });
    const history = await convertToModelMessages(messages, { tools });
    const { stream } = streamText({ ...later.wrap({ model, tools, scope }), messages: history });
    const generateMessageId = () => `assistant_${messages.length}`;
    return toAsyncUIMessageStream({
      stream,
      later,
      scope,
      tools,
      originalMessages: messages,
      generateMessageId,
      replay,
    });
  };
  const state = new PlainState();
  let onIdle = () => {};
  const transport: ChatTransport<UIMessage> = {
    resumeStreamIsReplay: true,
    sendMessages: async ({ messages }) => {
      requests += 1;
      if (requests > 5) throw new Error('The browser sends the same again and again.');
      return run(JSON.parse(JSON.stringify(messages)));
    },
    reconnectToStream: () => run(JSON.parse(JSON.stringify(state.messages)), true),
  };
  const browser = new PlainChat({
    state,
    transport,
    onError: () => onIdle(),
    sendAutomaticallyWhen: (chat) => {
      const send = predicates.some((predicate) => predicate(chat));
      if (!send) onIdle();
      return send;
    },
  });
  return {
    browser,
    /** A second tab that shows the same chat. */
    openTab: () => {
      const tab = new PlainState();
      tab.messages = structuredClone(state.messages);
      return new PlainChat({ state: tab, transport });
    },
    later,
    model,
    dispatched,
    requests: () => requests,
    /** Resolves when the browser decides not to send anything by itself, or has failed. */
    idle: () =>
      new Promise<void>((resolve) => {
        onIdle = resolve;
      }),
    settle: async (url: string) => {
      for (const { id } of await later.pending(scope))
        await later.settle({ id, outcome: completed(url), tools, scope });
    },
    toolPart: () => state.messages.flatMap(({ parts }) => parts.filter(isToolUIPart)).at(0),
  };
}

const renderCall = () => callOf('render', { script: 'a' });

describe('the chat of useChat', () => {
  it('goes on in the same message when it is sent again after the result has come', async () => {
    const { browser, settle, toolPart } = createServer({ answers: [[renderCall()], [textOf('Here it is.')]] });
    await browser.sendMessage({ text: 'Render a.' });
    expect(toolPart()?.state).toBe('input-available');
    await settle('u');
    await browser.sendMessage();
    expect(browser.messages).toHaveLength(2);
    expect(toolPart()).toMatchObject({ state: 'output-available', output: { url: 'u' } });
    expect(browser.status).toBe('ready');
  });

  it('keeps the whole message when a run that continues it is joined by resumeStream', async () => {
    const { browser, settle, toolPart } = createServer({
      answers: [[textOf('On it.'), renderCall()], [textOf('Here it is.')]],
    });
    await browser.sendMessage({ text: 'Render a.' });
    await settle('u');
    await browser.resumeStream();
    expect(browser.error).toBeUndefined();
    expect(browser.messages).toHaveLength(2);
    expect(toolPart()).toMatchObject({ state: 'output-available', input: { script: 'a' }, output: { url: 'u' } });
    const texts = browser.messages[1]?.parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));
    expect(texts).toEqual(['On it.', 'Here it is.']);
  });

  it('lets the user speak while a call is pending', async () => {
    const { browser, toolPart } = createServer({ answers: [[renderCall()], [textOf('Still rendering.')]] });
    await browser.sendMessage({ text: 'Render a.' });
    await browser.sendMessage({ text: 'How is it going?' });
    expect(browser.error).toBeUndefined();
    expect(browser.messages.at(-1)?.parts.at(-1)).toMatchObject({ text: 'Still rendering.' });
    expect(toolPart()?.state).toBe('input-available');
  });

  it('is overruled when it fills in an output by itself, and does not send it for ever', async () => {
    const server = createServer({ answers: [[renderCall()]] });
    const { browser, model, toolPart, requests } = server;
    await browser.sendMessage({ text: 'Render a.' });
    const toolCallId = toolPart()?.toolCallId ?? '';
    const sent = requests();
    const idle = server.idle();
    await browser.addToolOutput({ tool: 'render', toolCallId, output: { url: 'forged' } });
    await idle;
    expect(requests()).toBe(sent + 1);
    expect(toolPart()?.state).toBe('input-available');
    expect(model.doStreamCalls).toHaveLength(1);
  });

  it('does not send an approval again whose call was dispatched, and dispatches it once', async () => {
    const server = createServer({ answers: [[renderCall()], [textOf('Here it is.')]], needsApproval: true });
    const { browser, dispatched, settle, toolPart, requests } = server;
    await browser.sendMessage({ text: 'Render a.' });
    const id = toolPart()?.approval?.id ?? '';
    const idle = server.idle();
    await browser.addToolApprovalResponse({ id, approved: true });
    await idle;
    expect(toolPart()?.state).toBe('input-available');
    await settle('u');
    await browser.sendMessage();
    expect(requests()).toBe(3);
    expect(dispatched).toEqual(['a']);
    expect(toolPart()).toMatchObject({ state: 'output-available', output: { url: 'u' } });
  });

  it('tells a result in one of two tabs that go on at once', async () => {
    const server = createServer({ answers: [[renderCall()], [textOf('Here it is.')]] });
    const { browser, model, settle } = server;
    await browser.sendMessage({ text: 'Render a.' });
    const tab = server.openTab();
    await settle('u');
    await Promise.all([browser.sendMessage(), tab.sendMessage()]);
    expect(model.doStreamCalls).toHaveLength(2);
    expect([browser.status, tab.status]).toEqual(['ready', 'ready']);
    const told = [browser, tab].map(({ messages }) => JSON.stringify(messages).includes('Here it is.'));
    expect(told.filter(Boolean)).toHaveLength(1);
  });
});
