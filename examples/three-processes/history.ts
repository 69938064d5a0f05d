// The app's own database: the messages of its conversations, and which replies are still to be announced.
import { DatabaseSync } from 'node:sqlite';
import type { ModelMessage } from 'ai';

/** Who appends, and announces the replies that it has appended. */
export type Author = 'app' | 'worker';

interface Reply {
  readonly thread: string;
  readonly position: number;
  readonly text: string;
}

export interface History {
  messages(thread: string): ModelMessage[];
  /**
   * Appends to a history of this length: all messages, with a reply the duty to announce it, or nothing.
   *
   * @throws if somebody else has appended to it.
   */
  append(messages: readonly ModelMessage[], to: { thread: string; length: number; by: Author }): void;
  /** The conversations in which nothing follows a message of this role. */
  endingWith(role: ModelMessage['role']): string[];
  /** The replies of this author that it has not announced. */
  unannounced(by: Author): Reply[];
  markAnnounced(reply: Reply): void;
  close(): void;
}

export function openHistory(file: string): History {
  const database = new DatabaseSync(file);
  database.exec(`
    PRAGMA busy_timeout = 5000;
    CREATE TABLE IF NOT EXISTS messages (
      thread TEXT NOT NULL, position INTEGER NOT NULL, message TEXT NOT NULL, announcer TEXT,
      PRIMARY KEY (thread, position)
    );
  `);
  const select = database.prepare('SELECT message FROM messages WHERE thread = ? ORDER BY position');
  const insert = database.prepare(`
    INSERT INTO messages (thread, position, message, announcer)
    SELECT ?, ? + key, value -> 'message', value ->> 'announcer' FROM json_each(?)
  `);
  const selectLast = database.prepare(`
    SELECT thread, max(position), message ->> 'role' AS role FROM messages GROUP BY thread ORDER BY thread
  `);
  const selectUnannounced = database.prepare('SELECT thread, position, message FROM messages WHERE announcer = ?');
  const update = database.prepare('UPDATE messages SET announcer = NULL WHERE thread = ? AND position = ?');
  return {
    messages: (thread) => select.all(thread).map(({ message }) => parse(message)),
    append: (messages, { thread, length, by }) => {
      const rows = messages.map((message) => ({ message, announcer: replyIn(message) === undefined ? null : by }));
      insert.run(thread, length, JSON.stringify(rows));
    },
    endingWith: (role) => selectLast.all().flatMap((last) => (last.role === role ? [String(last.thread)] : [])),
    unannounced: (by) =>
      selectUnannounced.all(by).map(({ thread, position, message }) => ({
        thread: String(thread),
        position: Number(position),
        text: replyIn(parse(message)) ?? '',
      })),
    markAnnounced: ({ thread, position }) => {
      update.run(thread, position);
    },
    close: () => database.close(),
  };
}

/** What a message says to the user, if it is the agent's. */
export function replyIn({ role, content }: ModelMessage): string | undefined {
  if (role !== 'assistant') return undefined;
  if (typeof content === 'string') return content;
  const texts = content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return texts.length === 0 ? undefined : texts.join('');
}

function parse(message: unknown): ModelMessage {
  return JSON.parse(String(message)) as ModelMessage; // only append writes them
}
