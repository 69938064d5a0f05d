import type { Scope } from '@latecall/core';
import type { ChatFeed } from './chat-feed.ts';
import type { ChatNews } from './chat-news.ts';

/** What one listener has still to be told of a chat. */
export interface ChatWatch {
  /** The latest state, never a backlog. */
  changes(): ChatNews[];
  stop(): Promise<void>;
}

/**
 * Begins with everything: what has happened since the page was made, or since the line broke, nobody knows any more.
 *
 * @param input.notice Called when there is something to tell.
 */
export async function watchChat(input: { feed: ChatFeed; scope: Scope; notice: () => void }): Promise<ChatWatch> {
  const { feed, scope, notice } = input;
  const untold = new Map<ChatNews['type'], ChatNews>();
  const stop = await feed.listen(scope, (news) => {
    untold.delete(news.type);
    untold.set(news.type, news);
    notice();
  });
  const id = await feed.running(scope);
  if (id !== undefined && !untold.has('run')) untold.set('run', { type: 'run', id, running: true });
  untold.set('messages', { type: 'messages' });
  return {
    changes: () => {
      const told = [...untold.values()];
      untold.clear();
      return told;
    },
    stop,
  };
}
