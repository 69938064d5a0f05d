import type { ServerResponse } from 'node:http';
import { write } from './http-server.ts';
import type { ModelReply } from './reply.ts';

/** A server-sent event. */
export type StreamEvent = {
  readonly event?: string;
  /** A string is sent as it is, everything else as JSON. */
  readonly data: unknown;
  /** Whether it carries a piece of the answer. The others announce, close and count. */
  readonly isPiece?: boolean;
};

function frame({ event, data }: StreamEvent): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`;
}

/**
 * How many events go out: all, or those up to the piece behind which the stream is cut. The last event never gets out
 * of a cut stream.
 */
function eventCount(events: readonly StreamEvent[], breakAfter: ModelReply['breakAfter']): number {
  if (breakAfter === undefined || breakAfter === 'headers') {
    return breakAfter === undefined ? events.length : 0;
  }
  const pieces = events.flatMap(({ isPiece }, index) => (isPiece === true ? [index] : []));
  const cut = breakAfter === 0 ? pieces[0] : (pieces[breakAfter - 1] ?? events.length - 2) + 1;
  return cut ?? events.length - 1;
}

/** Streams the events, held or cut where the reply says so. */
export async function sendEvents({
  response,
  events,
  reply: { breakAfter, afterFirstChunk },
}: {
  response: ServerResponse;
  events: readonly StreamEvent[];
  reply: ModelReply;
}): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  response.flushHeaders();
  const firstPiece = Math.max(
    0,
    events.findIndex(({ isPiece }) => isPiece === true),
  );
  for (const [index, event] of events.slice(0, eventCount(events, breakAfter)).entries()) {
    await write(response, frame(event));
    if (index === firstPiece) {
      await afterFirstChunk;
    }
  }
  if (breakAfter === undefined) {
    response.end();
  } else {
    response.destroy();
  }
}

/** Sends a JSON body, cut behind the headers or in half where the reply says so. */
export async function sendJSON({
  response,
  status,
  body,
  headers = {},
  breakAfter,
}: {
  response: ServerResponse;
  status: number;
  body: unknown;
  headers?: Readonly<Record<string, string>>;
  breakAfter?: ModelReply['breakAfter'];
}): Promise<void> {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  if (breakAfter === undefined) {
    response.end(text);
    return;
  }
  response.flushHeaders();
  await write(response, breakAfter === 'headers' ? ' ' : text.slice(0, text.length / 2));
  response.destroy();
}
