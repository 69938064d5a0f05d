// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openEventLine } from './event-line.ts';
import type { ServerEvent } from './read-events.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A server whose connections a test leads. */
function createScene() {
  const events: ServerEvent[] = [];
  const failures: number[] = [];
  const opened: number[] = [];
  const connections: { lastEventId: string | null; send(text: string): void; end(): void; aborted(): boolean }[] = [];
  const line = openEventLine({
    connect: async (_, { headers, signal } = {}) => {
      let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
      const body = new ReadableStream<Uint8Array>({
        start: (given) => {
          controller = given;
        },
      });
      signal?.addEventListener('abort', () => controller?.error(new Error('aborted')));
      connections.push({
        lastEventId: new Headers(headers).get('last-event-id'),
        send: (text) => controller?.enqueue(new TextEncoder().encode(text)),
        end: () => controller?.close(),
        aborted: () => signal?.aborted === true,
      });
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    },
    onEvent: (event) => void events.push(event),
    onOpen: () => void opened.push(connections.length),
    onFail: (count) => void failures.push(count),
  });
  const current = () => {
    const connection = connections.at(-1);
    if (connection === undefined) throw new Error('Nobody has connected.');
    return connection;
  };
  return { line, events, failures, opened, connections, current };
}

const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

describe('a line of events', () => {
  it('reads events however they are cut', async () => {
    const { line, events, current } = createScene();
    await pass();
    current().send(': open\n\nid: 1\nevent: run\nda');
    current().send('ta: {"a":\ndata: 1}\n\ndata: x\r\n\r\nid: 2\n\n');
    await pass();
    expect(events).toEqual([
      { event: 'run', data: '{"a":\n1}', lastEventId: '1' },
      { event: 'message', data: 'x', lastEventId: '1' },
    ]);
    line.close();
  });

  it('comes back with the id of the last event', async () => {
    const { line, current, connections } = createScene();
    await pass();
    current().send('id: 7\ndata: x\n\n');
    await pass();
    current().end();
    await pass(250);
    expect(connections.map(({ lastEventId }) => lastEventId)).toEqual([null, '7']);
    line.close();
  });

  it('gives up a line that is silent for longer than the server is', async () => {
    const { line, current, connections, opened } = createScene();
    await pass();
    current().send(': open\n\n');
    await pass(44_000);
    current().send(': \n\n');
    await pass(44_000);
    expect(connections).toHaveLength(1);
    await pass(2_000);
    expect(connections).toHaveLength(2);
    expect(opened).toEqual([1]);
    line.close();
  });

  it('gives up a line that a proxy holds back, and waits longer each time', async () => {
    const { line, connections, failures } = createScene();
    await pass(5_000);
    expect(failures).toEqual([1]);
    await pass(250 + 5_000);
    expect(failures).toEqual([1, 2]);
    await pass(499);
    expect(connections).toHaveLength(2);
    await pass(1);
    expect(connections).toHaveLength(3);
    line.close();
  });

  it('tries at once when it is told that the network is back', async () => {
    const { line, connections } = createScene();
    await pass(5_000);
    expect(connections).toHaveLength(1);
    line.nudge();
    await pass();
    expect(connections).toHaveLength(2);
    line.close();
  });

  it('leaves nothing behind when it is closed', async () => {
    const { line, current, connections, events } = createScene();
    await pass();
    current().send(': open\n\n');
    await pass();
    line.close();
    await pass(60_000);
    expect(connections).toHaveLength(1);
    expect(current().aborted()).toBe(true);
    expect(events).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
