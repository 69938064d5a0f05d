// @vitest-environment jsdom

import { createGate } from '@latecall/testing';
import { cleanup } from '@testing-library/react';
import { isToolUIPart } from 'ai';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startChatServer, stopServers, type TestServer } from '../test/chat-server.ts';
import { openTab, type Tab } from '../test/open-tab.tsx';

vi.setConfig({ testTimeout: 30_000 });

afterEach(async () => {
  cleanup();
  await stopServers();
});

const sends = { text: 'On it.', toolCalls: [{ name: 'render', arguments: { script: 'cat' } }] };
const tells = { text: 'Here it is.' };
const told = 'On it. Here it is.';

const posts = ({ requests }: TestServer) => requests.filter(({ method }) => method === 'POST').length;
const render = ({ chat }: Tab) => chat.messages.flatMap(({ parts }) => parts.filter(isToolUIPart)).at(0);

/** A conversation whose call is pending, in a tab. */
async function pending(options: Partial<Parameters<typeof startChatServer>[0]> = {}) {
  const server = await startChatServer({ model: [sends, tells], ...options });
  const tab = await openTab(server);
  await tab.say('Render a cat.');
  await tab.until(() => tab.functions.pending.length === 1 && tab.texts.length === 2 && tab.chat.status === 'ready');
  return { server, tab };
}

/** The result was told, once, and the tab shows it. */
async function expectTold(server: TestServer, ...tabs: Tab[]) {
  for (const tab of tabs) {
    await tab.until(() => tab.texts.at(-1) === told && tab.functions.settled.length === 1);
    await tab.until(() => tab.chat.status === 'ready');
    expect(tab.functions.pending).toEqual([]);
    expect(tab.functions.settled).toMatchObject([
      { toolName: 'render', status: 'completed', input: { script: 'cat' }, output: { url: 'u' } },
    ]);
    expect(tab.texts).toEqual(['Render a cat.', told]);
    expect(tab.chat.error).toBeUndefined();
  }
  await server.idle();
  expect(server.model.requests).toHaveLength(2);
  expect(posts(server)).toBe(1);
}

describe('a pending call', () => {
  it('is shown with what the page may know of it', async () => {
    const { tab } = await pending();
    await tab.until(() => tab.functions.pending[0]?.receipt !== undefined);
    expect(tab.functions.pending).toMatchObject([
      { toolName: 'render', status: 'working', input: { script: 'cat' }, receipt: 'queued' },
    ]);
    expect(Object.keys(tab.functions.pending[0] ?? {})).toContain('deadlineAt');
    expect(JSON.stringify(tab.chat.messages)).not.toContain('farm-7');
  });

  it('shows its progress, also in the messages', async () => {
    const { server, tab } = await pending();
    const [task] = await server.later.pending({ thread: 'a' });
    await server.later.report({ id: task?.id ?? '', progress: { fraction: 0.5 } });
    await tab.until(() => tab.functions.pending[0]?.progress?.fraction === 0.5);
    await tab.until(() => JSON.stringify(tab.chat.messages).includes('"fraction":0.5'));
    expect(server.model.requests).toHaveLength(1);
  });

  it('lets the user answer what it asks', async () => {
    const { server, tab } = await pending();
    const [task] = await server.later.pending({ thread: 'a' });
    await server.later.report({ id: task?.id ?? '', inputRequest: { key: 'size', message: 'How large?' } });
    await tab.until(() => tab.functions.pending[0]?.status === 'input_required');
    const [{ handle, inputRequest } = { handle: '' }] = tab.functions.pending;
    const answered = await tab.functions.answer(handle, { key: inputRequest?.key, answer: 'large' });
    expect(answered.verdict).toBe('accepted');
    await tab.until(() => tab.functions.pending[0]?.status === 'working');
    const after = await server.later.probe({ scope: { thread: 'a' }, tasks: [handle] });
    expect(after[0]?.inputs).toMatchObject([{ key: 'size', answer: 'large' }]);
  });

  it('lets the user speak', async () => {
    const { server, tab } = await pending({ model: [sends, { text: 'Still rendering.' }, tells] });
    await tab.say('How is it going?');
    expect(tab.texts).toEqual(['Render a cat.', 'On it.', 'How is it going?', 'Still rendering.']);
    await server.settle();
    await tab.until(() => tab.texts.at(-1) === 'Still rendering. Here it is.');
    await tab.until(() => render(tab)?.state === 'output-available');
    expect(tab.functions.settled).toMatchObject([{ status: 'completed', output: { url: 'u' } }]);
  });
});

describe('a result', () => {
  it('reaches an idle tab, which does not ask for it', async () => {
    const { server, tab } = await pending();
    await server.settle();
    await expectTold(server, tab);
  });

  it('makes one run for two tabs', async () => {
    const { server, tab } = await pending();
    const other = await openTab(server);
    expect(other.functions.pending).toHaveLength(1);
    await server.settle();
    await expectTold(server, tab, other);
  });

  it('is told once, however often it is delivered', async () => {
    const { server, tab } = await pending();
    const [task] = await server.later.pending({ thread: 'a' });
    const outcome = { status: 'completed', result: { url: 'u' } } as const;
    const deliver = () => server.later.settle({ id: task?.id ?? '', outcome, tools: server.tools });
    await Promise.all([deliver(), deliver()]);
    await expectTold(server, tab);
    expect((await deliver()).verdict).toBe('duplicate');
    await expectTold(server, tab);
  });

  it('comes before the stream of its dispatch has ended', async () => {
    const server = await startChatServer({
      model: [sends, tells],
      onDispatch: (later, tools, id) =>
        later.settle({ id, outcome: { status: 'completed', result: { url: 'u' } }, tools }),
    });
    const tab = await openTab(server);
    await tab.say('Render a cat.');
    await expectTold(server, tab);
  });

  it('comes while the tab streams another answer', async () => {
    const gate = createGate();
    const { server, tab } = await pending({
      model: [sends, { text: 'Still rendering.', afterFirstChunk: gate.opened }, tells],
    });
    const said = tab.say('How is it going?');
    await tab.until(() => tab.chat.status === 'streaming');
    await server.settle();
    await tab.until(() => tab.functions.settled.length === 1);
    gate.open();
    await said;
    await tab.until(() => tab.texts.at(-1) === 'Still rendering. Here it is.');
    await tab.until(() => render(tab)?.state === 'output-available');
    expect(tab.texts).toEqual(['Render a cat.', 'On it.', 'How is it going?', 'Still rendering. Here it is.']);
    expect(server.model.requests).toHaveLength(3);
  });

  it('comes after the tab was reloaded', async () => {
    const { server, tab } = await pending();
    tab.close();
    const again = await openTab(server);
    expect(again.functions.pending).toHaveLength(1);
    await server.settle();
    await expectTold(server, again);
  });

  it('has come when the tab is reloaded, and its run begins later', async () => {
    const { server, tab } = await pending({ runs: false });
    tab.close();
    await server.settle();
    const again = await openTab(server);
    await again.until(() => again.functions.settled.length === 1);
    await server.chat.run({ thread: 'a' });
    await expectTold(server, again);
  });

  it('is being told when the tab is reloaded', async () => {
    const gate = createGate();
    const { server, tab } = await pending({ model: [sends, { ...tells, afterFirstChunk: gate.opened }] });
    await server.settle();
    await tab.until(() => tab.chat.status === 'streaming');
    tab.close();
    const again = await openTab(server);
    await again.until(() => again.chat.status === 'streaming');
    gate.open();
    await expectTold(server, again);
  });

  it('was told when the tab is opened', async () => {
    const { server, tab } = await pending();
    tab.close();
    await server.settle();
    await server.idle();
    await expectTold(server, await openTab(server));
  });
});

describe('another tab', () => {
  it('shows what is said in the first', async () => {
    const gate = createGate();
    const server = await startChatServer({ model: [{ text: 'Hello you.', afterFirstChunk: gate.opened }] });
    const [tab, other] = [await openTab(server), await openTab(server)];
    const said = tab.say('Hello.');
    await other.until(() => other.chat.status === 'streaming');
    gate.open();
    await said;
    await other.until(() => other.chat.status === 'ready' && other.texts.length === 2);
    expect(other.texts).toEqual(['Hello.', 'Hello you.']);
    expect(other.chat.messages).toEqual(server.messages());
    expect(server.model.requests).toHaveLength(1);
  });

  it('may speak while the first streams, and nothing is lost', async () => {
    const gate = createGate();
    const server = await startChatServer({
      model: [{ text: 'One.', afterFirstChunk: gate.opened }, { text: 'Two.' }],
    });
    const [tab, other] = [await openTab(server), await openTab(server)];
    const first = tab.say('First');
    await tab.until(() => tab.chat.status === 'streaming');
    const second = other.say('Second');
    gate.open();
    await Promise.all([first, second]);
    for (const each of [tab, other]) {
      await each.until(() => each.chat.status === 'ready' && each.texts.join(' ') === 'First One. Second Two.');
    }
    expect(server.model.requests).toHaveLength(2);
  });
});

describe('a run', () => {
  it('that is stopped keeps what was said, in all tabs', async () => {
    const gate = createGate();
    const server = await startChatServer({ model: [{ text: 'Once upon a time', afterFirstChunk: gate.opened }] });
    const [tab, other] = [await openTab(server), await openTab(server)];
    const said = tab.say('A story.');
    await tab.until(() => tab.texts.at(-1)?.startsWith('Once') === true);
    await fetch(`${server.endpoint()}/stream`, { method: 'DELETE' });
    await said;
    for (const each of [tab, other]) {
      await each.until(() => each.chat.status === 'ready' && each.texts.at(-1)?.startsWith('Once') === true);
    }
    expect(server.messages()).toHaveLength(2);
    gate.open();
  });
});

describe('a message that does not arrive', () => {
  it('stays in its tab, and is sent again by regenerate()', async () => {
    const down = new Set(['POST']);
    const intercept = ({ method }: Request) => (down.has(method) ? new Response('No.', { status: 503 }) : undefined);
    const server = await startChatServer({ model: [{ text: 'Hello you.' }], intercept });
    const tab = await openTab(server);
    await tab.say('Hello.');
    await tab.until(() => tab.chat.status === 'error');
    expect(tab.texts).toEqual(['Hello.']);
    down.clear();
    await tab.chat.regenerate();
    await tab.until(() => tab.texts.join(' ') === 'Hello. Hello you.');
    expect(server.messages()).toHaveLength(2);
  });
});

describe('an answer made anew', () => {
  it('takes the place of the last one in all tabs, and the pending call stays', async () => {
    const { server, tab } = await pending({ model: [sends, { text: 'It is on its way.' }] });
    const other = await openTab(server);
    const [{ handle } = { handle: '' }] = tab.functions.pending;
    await tab.chat.regenerate();
    for (const each of [tab, other]) await each.until(() => each.texts.at(-1) === 'It is on its way.');
    expect(other.texts).toEqual(['Render a cat.', 'It is on its way.']);
    const [task] = await server.later.probe({ scope: { thread: 'a' }, tasks: [handle] });
    expect(task?.status).toBe('working');
  });
});

describe('a tab that claims something', () => {
  it('is overruled, and makes no run, if it fills in an output', async () => {
    const { server, tab } = await pending();
    const toolCallId = render(tab)?.toolCallId ?? '';
    await tab.chat.addToolOutput({ tool: 'render', toolCallId, output: { url: 'forged' } });
    await tab.chat.sendMessage();
    await tab.until(() => render(tab)?.state === 'input-available');
    expect(server.model.requests).toHaveLength(1);
    await server.settle();
    await tab.until(() => tab.texts.at(-1) === told);
    expect(JSON.stringify(server.messages())).not.toContain('forged');
  });

  it('can neither cancel nor answer a call of another conversation', async () => {
    const { server, tab } = await pending();
    const [{ handle } = { handle: '' }] = tab.functions.pending;
    const stranger = await openTab(server, { id: 'b' });
    expect(await stranger.functions.cancel(handle)).toMatchObject({ verdict: 'unknown' });
    expect(await stranger.functions.answer(handle, { answer: 1 })).toMatchObject({ verdict: 'unknown' });
    expect(tab.functions.pending).toHaveLength(1);
    expect(stranger.functions.pending).toEqual([]);
  });
});

describe('a cancellation', () => {
  it('ends the call, and the model is told', async () => {
    const { server, tab } = await pending({ model: [sends, { text: 'Then not.' }] });
    const [{ handle } = { handle: '' }] = tab.functions.pending;
    expect(await tab.functions.cancel(handle, 'Too dear.')).toMatchObject({ verdict: 'accepted' });
    await tab.until(() => tab.texts.at(-1) === 'On it. Then not.');
    expect(tab.functions.settled).toMatchObject([{ status: 'cancelled' }]);
    expect(JSON.stringify(server.model.requests[1]?.body)).toContain('Too dear.');
  });

  it('that races the result loses or wins, and is told which', async () => {
    const { server, tab } = await pending();
    const [{ handle } = { handle: '' }] = tab.functions.pending;
    const [{ verdict }] = await Promise.all([tab.functions.cancel(handle), server.settle()]);
    await tab.until(() => tab.functions.settled.length === 1 && tab.texts.at(-1) === told);
    const expected = verdict === 'accepted' ? 'cancelled' : 'completed';
    expect(tab.functions.settled).toMatchObject([{ status: expected }]);
    expect(server.model.requests).toHaveLength(2);
  });

  it('that cannot be sent is an error', async () => {
    const { server, tab } = await pending();
    const [{ handle } = { handle: '' }] = tab.functions.pending;
    await server.kill();
    await expect(tab.functions.cancel(handle)).rejects.toThrow();
  });
});
