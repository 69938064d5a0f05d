// @vitest-environment jsdom

import { createGate } from '@latecall/testing';
import { cleanup } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createDisk, startChatServer, stopServers, type TestServer } from '../test/chat-server.ts';
import { openTab, type Tab } from '../test/open-tab.tsx';

vi.setConfig({ testTimeout: 30_000 });

afterEach(async () => {
  cleanup();
  await stopServers();
});

const sends = { text: 'On it.', toolCalls: [{ name: 'render', arguments: { script: 'cat' } }] };
const tells = { text: 'Here it is.' };
const told = 'On it. Here it is.';

async function pending(
  options: Partial<Parameters<typeof startChatServer>[0]> = {},
  tabOptions: Parameters<typeof openTab>[1] = {},
) {
  const server = await startChatServer({ model: [sends, tells], ...options });
  const tab = await openTab(server, tabOptions);
  await tab.say('Render a cat.');
  await tab.until(() => tab.functions.pending.length === 1);
  return { server, tab };
}

const isTold = (tab: Tab) => tab.until(() => tab.texts.at(-1) === told && tab.functions.settled.length === 1);
const count = ({ requests }: TestServer, name: string) => requests.filter(({ path }) => path.endsWith(name)).length;

/** What a browser says when it loses or finds the network, or when a laptop is opened. */
const say = (event: 'online' | 'offline') => window.dispatchEvent(new Event(event));

describe('a line that breaks', () => {
  it('comes back by itself, and tells what was missed', async () => {
    const { server, tab } = await pending();
    server.breakLines();
    await tab.until(() => !tab.functions.connected);
    await server.settle();
    await isTold(tab);
    await tab.until(() => tab.functions.connected);
    expect(server.model.requests).toHaveLength(2);
  });

  it('comes back when the network does', async () => {
    const { server, tab } = await pending();
    say('offline');
    await tab.until(() => !tab.functions.connected);
    await server.settle();
    await server.idle();
    say('online');
    await isTold(tab);
    expect(server.model.requests).toHaveLength(2);
  });

  it('finds the server that was killed and started again while the call was pending', async () => {
    const disk = createDisk();
    const { server, tab } = await pending({ disk });
    await server.kill();
    await tab.until(() => !tab.functions.connected);
    const next = await startChatServer({ model: [tells], disk, port: server.port });
    await next.settle();
    await isTold(tab);
    expect(tab.chat.error).toBeUndefined();
    expect(next.model.requests).toHaveLength(1);
  });

  it('finds the server that was killed before it told the result', async () => {
    const disk = createDisk();
    const { server, tab } = await pending({ disk, runs: false });
    await server.settle();
    await tab.until(() => tab.functions.settled.length === 1);
    await server.kill();
    const next = await startChatServer({ model: [tells], disk, port: server.port });
    await isTold(tab);
    expect(next.model.requests).toHaveLength(1);
  });

  it('finds the server that was killed while it answered, and the user may ask again', async () => {
    const disk = createDisk();
    const gate = createGate();
    const server = await startChatServer({ model: [{ text: 'Hello you.', afterFirstChunk: gate.opened }], disk });
    const tab = await openTab(server);
    void tab.say('Hello.');
    await tab.until(() => tab.chat.status === 'streaming');
    await Promise.all([server.kill(), gate.open()]);
    await tab.until(() => tab.chat.status === 'error');
    disk.saved.set('a', (disk.saved.get('a') ?? []).slice(0, 1)); // what it said last was not saved
    const next = await startChatServer({ model: [{ text: 'Hello again.' }], disk, port: server.port });
    await tab.until(() => tab.functions.connected);
    await tab.chat.regenerate();
    await tab.until(() => tab.texts.join(' ') === 'Hello. Hello again.');
    expect(next.model.requests).toHaveLength(1);
  });

  it('is closed with its tab', async () => {
    const sent: string[] = [];
    const counted: typeof fetch = (url, init) => {
      sent.push(String(url));
      return fetch(url, init);
    };
    const { server, tab } = await pending({}, { fetch: counted });
    tab.close();
    const before = sent.length;
    expect(before).toBeGreaterThan(0);
    await server.settle();
    await server.idle();
    expect(sent).toHaveLength(before);
  });
});

describe('a run in another process, which tells nothing', () => {
  it('is shown when it has ended', async () => {
    const disk = createDisk();
    const gate = createGate();
    const { server, tab } = await pending({ disk, runs: false, waitForRun: 1 }, { pollEvery: 20 });
    const other = await startChatServer({ model: [{ ...tells, before: gate.opened }], disk });
    await server.settle();
    await tab.until(() => tab.functions.settled.length === 1 && count(server, '/stream') > 1);
    gate.open();
    await isTold(tab);
    expect(other.model.requests).toHaveLength(1);
    expect(server.model.requests).toHaveLength(1);
  });
});

describe('polling', () => {
  it('shows the result where events are refused', async () => {
    const intercept = (request: Request) =>
      request.url.endsWith('/events') ? new Response('No.', { status: 403 }) : undefined;
    const { server, tab } = await pending({ intercept }, { pollEvery: 20 });
    await server.settle();
    await isTold(tab);
    expect(server.model.requests).toHaveLength(2);
  });

  it('shows the result where that is asked for, and opens no line', async () => {
    const { server, tab } = await pending({}, { transport: 'poll', pollEvery: 20 });
    await server.settle();
    await isTold(tab);
    expect(count(server, '/events')).toBe(0);
    expect(server.model.requests).toHaveLength(2);
  });

  it('shows progress, and what is said in another tab', async () => {
    const { server, tab } = await pending({ model: [sends, { text: 'Soon.' }] }, { transport: 'poll', pollEvery: 20 });
    const other = await openTab(server, { transport: 'poll', pollEvery: 20 });
    const [task] = await server.later.pending({ thread: 'a' });
    await server.later.report({ id: task?.id ?? '', progress: { fraction: 0.5 } });
    await other.until(() => other.functions.pending[0]?.progress?.fraction === 0.5);
    await tab.say('When?');
    await other.until(() => other.texts.at(-1) === 'Soon.');
    expect(server.model.requests).toHaveLength(2);
  });

  it('ends when events come through again', async () => {
    const refused = new Set(['/api/chat/a/events']);
    const intercept = (request: Request) =>
      refused.has(new URL(request.url).pathname) ? new Response('No.', { status: 503 }) : undefined;
    const { server, tab } = await pending({ intercept }, { pollEvery: 20 });
    refused.clear();
    say('online');
    await tab.until(() => count(server, '/events') > 0 && tab.functions.connected);
    await server.settle();
    await isTold(tab);
  });
});
