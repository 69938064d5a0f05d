import type { Connect } from './connection.ts';
import { readEvents, type ServerEvent } from './read-events.ts';

/** A line that hears a chat's events and comes back by itself. */
export interface EventLine {
  /** Tries at once if it waits to try again. */
  nudge(): void;
  /** Gives the present connection up: it is known to be dead. */
  drop(): void;
  close(): void;
}

/** A line that is silent for longer than this is dead: the server gives a sign of life every 15 seconds. */
const silentMs = 45_000;

/** A proxy that holds events back lets none through in this time. */
const openingMs = 5_000;

const [firstDelayMs, longestDelayMs] = [250, 30_000];

/**
 * @param input.onOpen Called when the first byte has come.
 * @param input.onFail Called when a connection could not be opened or has broken, with how often in a row none opened.
 */
export function openEventLine(input: {
  connect: Connect;
  onEvent: (event: ServerEvent) => void;
  onOpen: () => void;
  onFail: (failures: number) => void;
}): EventLine {
  const { connect, onEvent, onOpen, onFail } = input;
  let closed = false;
  let failures = 0;
  let lastEventId: string | undefined;
  let current = new AbortController();
  let nudge = () => {};

  const listen = async () => {
    const connection = new AbortController();
    current = connection;
    let timer = setTimeout(() => connection.abort(), openingMs);
    let opened = false;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => connection.abort(), silentMs);
      if (opened || closed) return;
      opened = true;
      failures = 0;
      onOpen();
    };
    try {
      const headers = {
        accept: 'text/event-stream',
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      };
      const { ok, body, headers: answered } = await connect('/events', { headers, signal: connection.signal });
      const isStream = ok && answered.get('content-type')?.startsWith('text/event-stream') === true;
      if (!isStream || body === null) return;
      for await (const event of readEvents(body, alive)) {
        if (closed) return;
        ({ lastEventId } = event);
        onEvent(event);
      }
    } catch {
      // It broke, or was given up: the next one takes over.
    } finally {
      clearTimeout(timer);
      connection.abort();
      if (!opened) failures += 1;
    }
  };

  const wait = () =>
    new Promise<void>((resolve) => {
      const delay = Math.min(firstDelayMs * 2 ** Math.max(0, failures - 1), longestDelayMs);
      const timer = setTimeout(resolve, delay);
      nudge = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const run = async () => {
    while (!closed) {
      await listen();
      if (closed) return;
      onFail(failures);
      await wait();
    }
  };
  void run();

  return {
    nudge: () => nudge(),
    drop: () => current.abort(),
    close: () => {
      closed = true;
      current.abort();
      nudge();
    },
  };
}
