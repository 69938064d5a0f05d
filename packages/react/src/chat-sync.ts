import type { UseChatHelpers } from '@ai-sdk/react';
import type { AsyncFunctionData } from '@latecall/core';
import type { UIMessage } from 'ai';
import { awaitsRun } from './awaits-run.ts';
import type { Connect } from './connection.ts';
import { type EventLine, openEventLine } from './event-line.ts';
import { mergeMessages } from './merge-messages.ts';
import { createPoller } from './poller.ts';
import type { ServerEvent } from './read-events.ts';
import { isPending, type LiveData, withLiveData } from './views.ts';

/** What follows the conversation of one chat: it listens, joins and fetches, and never asks for a run. */
export interface ChatSync {
  /** Begins to listen; the returned function ends it. */
  start(): () => void;
  /** Tells what the chat is doing now. */
  statusChanged(status: ChatStatus): void;
  /** Looks at the server again. */
  refresh(): void;
  subscribe(listener: () => void): () => void;
  state(): SyncState;
}

interface SyncState {
  readonly live: LiveData;
  readonly connected: boolean;
}

type ChatStatus = UseChatHelpers<UIMessage>['status'];

/** The longest pause between two looks for a run that is due and that no event has told of. */
const longestPauseMs = 60_000;

/** How often events must fail to open before the chat polls. */
const failuresUntilPolling = 2;

export function createChatSync<UI_MESSAGE extends UIMessage>(options: {
  connect: Connect;
  transport: 'sse' | 'poll' | 'auto';
  pollMs: number;
  /** The chat as it is now. */
  chat: () => UseChatHelpers<UI_MESSAGE>;
}): ChatSync {
  const { connect, transport, pollMs, chat } = options;
  const listeners = new Set<() => void>();
  let state: SyncState = { live: new Map(), connected: false };
  let active = false;
  let polling = false;
  let line: EventLine | undefined;

  // What is to be done when the chat is idle.
  let stale = false;
  let due = false;
  // Runs, by id: the one that streams now, the last that was joined, the one that answers this tab's own request.
  let running: string | undefined;
  let joined: string | undefined;
  let own: string | undefined;
  let busyWith: 'own' | 'join' | undefined;
  let joining = false;
  let hasJoined = false; // since the chat was idle
  let pumping = false;
  let again = false;
  let etag: string | undefined;
  let joinedFor: string | undefined;
  let joinedBehind: string | undefined; // the last message when it joined
  let pauseMs = pollMs;
  let lookAgain: ReturnType<typeof setTimeout> | undefined;

  const change = (next: Partial<SyncState>) => {
    state = { ...state, ...next };
    for (const listener of [...listeners]) listener();
  };
  const isIdle = () => active && !joining && ['ready', 'error'].includes(chat().status);

  /** Does what is to be done, one thing after the other, while the chat is idle. */
  const pump = async () => {
    again = true;
    if (pumping) return;
    pumping = true;
    try {
      while (again && isIdle()) {
        again = false;
        await step();
      }
    } finally {
      pumping = false;
    }
  };
  const wake = () => void pump();

  const step = async () => {
    const unseen = running !== undefined && running !== joined && running !== own;
    if (due || unseen) {
      due = false;
      joined = running;
      await join();
      stale = true;
    }
    if (stale && isIdle()) {
      stale = false;
      await fetchMessages({ unlessChanged: false });
    }
  };

  const join = async () => {
    joining = true;
    hasJoined = true;
    joinedBehind = chat().messages.at(-1)?.id;
    again = true; // what came meanwhile is looked at again
    try {
      await chat().resumeStream();
    } finally {
      joining = false;
    }
  };

  const fetchMessages = async ({ unlessChanged }: { unlessChanged: boolean }) => {
    const before = new Set(state.live.values());
    const headers = new Headers(unlessChanged && etag !== undefined ? [['if-none-match', etag]] : []);
    const response = await connect('', { headers }).catch(() => undefined);
    if (!active) return;
    if (transport === 'poll' || polling) change({ connected: response !== undefined && response.status < 500 });
    if (response?.status !== 200) {
      stale ||= response === undefined && !unlessChanged;
      return;
    }
    const messages = (await response.json().catch(() => undefined)) as UI_MESSAGE[] | undefined; // our own route
    if (messages === undefined || !active) return;
    if (!isIdle()) {
      stale = true;
      return;
    }
    etag = response.headers.get('etag') ?? undefined;
    chat().setMessages((here) => mergeMessages(here, messages));
    // What was told before the request is in the answer.
    change({ live: new Map([...state.live].filter(([, data]) => !before.has(data))) });
    const awaits = awaitsRun(messages);
    if (polling && joinedFor !== etag && awaits) {
      joinedFor = etag;
      due = true;
      again = true;
    }
    if (!polling) lookLater(awaits);
  };

  /** A run may be made by a process whose news do not reach this tab. */
  const lookLater = (awaits: boolean) => {
    clearTimeout(lookAgain);
    if (!awaits) {
      pauseMs = pollMs;
      return;
    }
    lookAgain = setTimeout(() => {
      if (document.visibilityState !== 'hidden') due = true;
      wake();
    }, pauseMs);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  };
  /** What a user has sent meanwhile is no part of what was joined. */
  const isOwn = () => {
    const last = chat().messages.at(-1);
    return !joining || (last?.role === 'user' && last.id !== joinedBehind);
  };

  const onTask = (data: AsyncFunctionData) => {
    const known = state.live.get(data.handle);
    change({ live: new Map(state.live).set(data.handle, data) });
    if (!isPending(data)) due ||= known === undefined || isPending(known);
    if (isIdle()) chat().setMessages((messages) => withLiveData(messages, state.live));
    else stale = true;
  };
  const onRun = ({ id, running: runs }: { id: string; running: boolean }) => {
    if (!runs) {
      if (running === id) running = undefined;
      stale = true;
      return;
    }
    running = id;
    if (joining) joined ??= id;
    else if (busyWith === 'own') own ??= id;
  };
  const onEvent = ({ event, data }: ServerEvent) => {
    const value: unknown = JSON.parse(data);
    // The events of our own route.
    if (event === 'async-function') onTask(value as AsyncFunctionData);
    else if (event === 'run') onRun(value as { id: string; running: boolean });
    else if (event === 'messages') stale = true;
    wake();
  };

  const poll = async () => {
    if (!isIdle() || pumping) return;
    await fetchMessages({ unlessChanged: true });
    await pump();
  };
  const poller = createPoller(poll, pollMs);
  const setPolling = (on: boolean) => {
    polling = on;
    if (!on) return poller.stop();
    poller.start();
    void poll();
  };

  const listen = () => {
    line = openEventLine({
      connect,
      onEvent,
      onOpen: () => {
        setPolling(false);
        running = undefined; // the line tells it anew
        change({ connected: true });
      },
      onFail: (failures) => {
        if (!polling) change({ connected: false });
        if (transport === 'auto' && failures >= failuresUntilPolling && !polling) setPolling(true);
      },
    });
  };
  const comeBack = () => {
    if (document.visibilityState === 'hidden') return;
    line?.nudge();
    stale = true;
    wake();
  };
  const goOffline = () => {
    line?.drop();
    change({ connected: false });
  };

  return {
    start: () => {
      active = true;
      if (transport === 'poll') setPolling(true);
      else listen();
      window.addEventListener('online', comeBack);
      window.addEventListener('offline', goOffline);
      document.addEventListener('visibilitychange', comeBack);
      return () => {
        active = false;
        window.removeEventListener('online', comeBack);
        window.removeEventListener('offline', goOffline);
        document.removeEventListener('visibilitychange', comeBack);
        line?.close();
        clearTimeout(lookAgain);
        poller.stop();
        polling = false;
        change({ connected: false });
      };
    },
    statusChanged: (status) => {
      if (status === 'submitted' || status === 'streaming') {
        line?.nudge(); // the first message may be what makes the conversation
        if (busyWith !== undefined) return;
        busyWith = isOwn() ? 'own' : 'join';
        if (busyWith === 'own') own = undefined;
        return;
      }
      if (status === 'error') {
        // Nobody has asked for what was only joined; what this tab has asked for may still go on.
        if (hasJoined && busyWith !== 'own') chat().clearError();
        [own, joined] = [undefined, undefined];
        stale = true; // what this tab believes may be what was refused
      }
      busyWith = undefined;
      if (!joining) hasJoined = false;
      wake();
    },
    refresh: () => {
      stale = true;
      wake();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    state: () => state,
  };
}
