// The app's own database: the messages of its conversations, and which replies are still to be announced.
import type { ModelMessage } from 'ai';

/** Who appends, and announces the replies that it has appended. */
export type Author = 'app' | 'worker';

export interface Reply {
  readonly thread: string;
  readonly position: number;
  readonly text: string;
}

export interface History {
  messages(thread: string): Promise<ModelMessage[]>;
  /**
   * Appends to a history of this length: all messages, with a reply the duty to announce it, or nothing.
   *
   * @throws if somebody else has appended to it.
   */
  append(messages: readonly ModelMessage[], to: { thread: string; length: number; by: Author }): Promise<void>;
  /** The conversations in which nothing follows a message of this role. */
  endingWith(role: ModelMessage['role']): Promise<string[]>;
  /** The replies of this author that it has not announced. */
  unannounced(by: Author): Promise<Reply[]>;
  markAnnounced(reply: Reply): Promise<void>;
}

/** What a message says to the user, if it is the agent's. */
export function replyIn({ role, content }: ModelMessage): string | undefined {
  if (role !== 'assistant') return undefined;
  if (typeof content === 'string') return content;
  const texts = content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return texts.length === 0 ? undefined : texts.join('');
}
