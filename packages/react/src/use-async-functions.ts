'use client';

import type { UseChatHelpers } from '@ai-sdk/react';
import type { Json } from '@latecall/core';
import type { UIMessage } from 'ai';
import { useEffect, useLayoutEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { createChatSync } from './chat-sync.ts';
import { type ConnectionOptions, createConnect } from './connection.ts';
import { type CommandVerdict, sendCommand } from './send-command.ts';
import { isPending, type PendingView, type SettledView, viewsOf } from './views.ts';

/** How {@link useAsyncFunctions} reaches the chat's routes. */
export interface UseAsyncFunctionsOptions extends ConnectionOptions {
  /** `auto`: server-sent events, and polling where they do not come through. @default 'auto' */
  readonly transport?: 'sse' | 'poll' | 'auto';
  /** Milliseconds between two looks while it polls. @default 3000 */
  readonly pollEvery?: number;
}

/** The dispatched calls of a chat. */
export interface AsyncFunctions<UI_MESSAGE extends UIMessage = UIMessage> {
  /** Those that wait for their outcome, oldest first. */
  readonly pending: PendingView<UI_MESSAGE>[];
  /** Those that have it, oldest first. */
  readonly settled: SettledView<UI_MESSAGE>[];
  /** News reach this tab. */
  readonly connected: boolean;
  /**
   * Cancels a call; a model reads the reason.
   *
   * @throws {Error} if the server could not be reached.
   */
  readonly cancel: (handle: string, reason?: string) => Promise<CommandVerdict>;
  /**
   * Answers a question of whoever does the work.
   *
   * @throws {Error} if the server could not be reached.
   */
  readonly answer: (handle: string, answer: { key?: string | undefined; answer: Json }) => Promise<CommandVerdict>;
}

/**
 * Follows a conversation whose calls get their results later: what is pending, and what the server says when a result
 * has come. Joins the runs that the server makes, and never asks for one.
 *
 * @example
 * const chat = useChat<ChatMessage>({ messages, transport: createChatTransport({ endpoint }) });
 * const functions = useAsyncFunctions(chat, { endpoint });
 */
export function useAsyncFunctions<UI_MESSAGE extends UIMessage>(
  chat: UseChatHelpers<UI_MESSAGE>,
  options: UseAsyncFunctionsOptions,
): AsyncFunctions<UI_MESSAGE> {
  const { endpoint, transport = 'auto', pollEvery = 3_000 } = options;
  const latest = useRef({ chat, options });
  useLayoutEffect(() => {
    latest.current = { chat, options };
  });

  const { sync, commands } = useMemo(() => {
    const connect: ReturnType<typeof createConnect> = (path, init) =>
      createConnect({ ...latest.current.options, endpoint })(path, init);
    const made = createChatSync<UI_MESSAGE>({
      connect,
      transport,
      pollMs: pollEvery,
      chat: () => latest.current.chat,
    });
    const send = async (...command: [method: 'POST' | 'DELETE', fields: Readonly<Record<string, unknown>>]) => {
      const verdict = await sendCommand(connect, ...command);
      made.refresh();
      return verdict;
    };
    return {
      sync: made,
      commands: {
        cancel: (handle: string, reason?: string) => send('DELETE', { handle, reason }),
        answer: (handle: string, answer: { key?: string | undefined; answer: Json }) =>
          send('POST', { handle, ...answer }),
      },
    };
  }, [endpoint, transport, pollEvery]);

  useEffect(() => sync.start(), [sync]);
  useEffect(() => sync.statusChanged(chat.status), [sync, chat.status]);
  const { live, connected } = useSyncExternalStore(sync.subscribe, sync.state, sync.state);

  const { messages } = chat;
  return useMemo(() => {
    const views = viewsOf(messages, live);
    return {
      pending: views.filter(isPending) as PendingView<UI_MESSAGE>[],
      settled: views.filter((view) => !isPending(view)) as SettledView<UI_MESSAGE>[],
      connected,
      ...commands,
    };
  }, [messages, live, connected, commands]);
}
