import { type Clock, type Scope, scopeKey, type TaskStore } from '@latecall/core';
import type { ChatFeed } from './chat-feed.ts';
import type { ChatNews } from './chat-news.ts';
import { type ChatWatch, watchChat } from './chat-watch.ts';
import type { TaskEvent, TaskWatch } from './task-watch.ts';

/** The name of the events that tell of a task. */
const eventName = 'async-function';

/** What a stream of events is opened with. */
export interface EventStreamInput {
  readonly store: Pick<TaskStore, 'subscribe'>;
  readonly scope: Scope;
  readonly watch: TaskWatch;
  /** The chat whose runs and messages are told too. */
  readonly feed: ChatFeed | undefined;
  readonly clock: Clock;
  readonly heartbeatMs: number;
  readonly maxAgeMs: number;
  readonly signal: AbortSignal;
  readonly onError: (error: unknown) => void | Promise<void>;
}

/**
 * Tells of changes as they come, as fast as they are read: a slow listener is told the latest state, never a backlog.
 * Subscribes when it is first read; unsubscribes when the request is aborted, the reader leaves or the age is reached.
 */
export function openEventStream(input: EventStreamInput): ReadableStream<Uint8Array> {
  const { store, scope, watch, feed, clock, heartbeatMs, maxAgeMs, signal, onError } = input;
  const ours = scopeKey(scope);
  const end = clock.now() + maxAgeMs;
  let changed = true;
  let lastSent = clock.now();
  let opened = false;
  let stopped = false;
  let left = false;
  let wake = () => {};
  let unsubscribe = () => {};
  let chat: ChatWatch | undefined;

  const stop = () => {
    if (stopped) return;
    stopped = true;
    unsubscribe();
    chat?.stop().catch(onError);
    signal.removeEventListener('abort', stop);
    wake();
  };
  const notice = () => {
    changed = true;
    wake();
  };
  const open = async () => {
    opened = true;
    unsubscribe = store.subscribe((hint) => {
      if (scopeKey(hint.scope) === ours) notice();
    });
    if (feed === undefined) return;
    chat = await watchChat({ feed, scope, notice });
    if (stopped) await chat.stop(); // the listener left meanwhile
  };
  const changes = async () => `${format(await watch.changes())}${(chat?.changes() ?? []).map(formatNews).join('')}`;
  /** Until something may have changed, or it is time for a sign of life; hints may be lost, so both look. */
  const wait = () =>
    new Promise<void>((resolve) => {
      const cancelTimer = clock.schedule(() => wake(), lastSent + heartbeatMs - clock.now());
      wake = () => {
        wake = () => {};
        cancelTimer();
        resolve();
      };
    });
  const next = async (): Promise<string> => {
    if (!opened) {
      await open();
      changed = false;
      return `: open\n\n${await changes()}`;
    }
    if (!changed) await wait();
    if (stopped) return '';
    changed = false;
    const events = await changes();
    return events === '' && clock.now() - lastSent >= heartbeatMs ? ': \n\n' : events;
  };

  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          let text = '';
          while (text === '' && !stopped) text = await next();
          if (text !== '' && !stopped) controller.enqueue(new TextEncoder().encode(text));
          lastSent = clock.now();
        } catch (error) {
          stop();
          await onError(error);
        }
        if (!stopped && clock.now() >= end) stop();
        // The listener comes back with what it knows.
        if (stopped && !left) controller.close();
      },
      cancel: () => {
        left = true;
        stop();
      },
    },
    { highWaterMark: 0 },
  );
}

function format(events: readonly TaskEvent[]): string {
  return events.map(({ id, data }) => `id: ${id}\nevent: ${eventName}\ndata: ${JSON.stringify(data)}\n\n`).join('');
}

/** Without an id: a listener that comes back is told again of what the store does not know. */
function formatNews({ type, ...data }: ChatNews): string {
  return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
