import { type Scope, scopeKey } from '@latecall/core';
import type { StreamPubSub } from './pub-sub.ts';

/**
 * What has happened in a conversation that no task tells. `run`: one has begun to stream or has ended, with an id of its
 * own. `messages`: one was added, changed or removed; fetch them.
 */
export type ChatNews =
  | { readonly type: 'run'; readonly id: string; readonly running: boolean }
  | { readonly type: 'messages' };

/** Tells of a conversation's news in all processes that share the pub/sub. */
export interface ChatNewsHub {
  tell(scope: Scope, news: ChatNews): Promise<void>;
  /** Resolves once it listens, with the function that ends it. */
  listen(scope: Scope, listener: (news: ChatNews) => void): Promise<() => Promise<void>>;
}

/** One subscription for each conversation, however many listen: some clients end all of a channel at once. */
export function createChatNewsHub({ publisher, subscriber }: StreamPubSub): ChatNewsHub {
  const channels = new Map<string, { listeners: Set<(news: ChatNews) => void>; ready: Promise<unknown> }>();

  const open = (channel: string) => {
    const listeners = new Set<(news: ChatNews) => void>();
    const receive = (message: string) => {
      const news = JSON.parse(message) as ChatNews; // of our own channel, written below
      for (const listener of [...listeners]) listener(news);
    };
    const opened = { listeners, ready: subscriber.subscribe(channel, receive) };
    channels.set(channel, opened);
    return opened;
  };

  return {
    tell: async (scope, news) => {
      await publisher.publish(channelOf(scope), JSON.stringify(news));
    },
    listen: async (scope, listener) => {
      const name = channelOf(scope);
      const channel = channels.get(name) ?? open(name);
      channel.listeners.add(listener);
      await channel.ready;
      return async () => {
        if (!channel.listeners.delete(listener) || channel.listeners.size > 0) return;
        channels.delete(name);
        await subscriber.unsubscribe(name);
      };
    },
  };
}

function channelOf(scope: Scope): string {
  return `latecall:news:${scopeKey(scope)}`;
}
