// The app's own database, on SQLite.
import { DatabaseSync } from 'node:sqlite';
import type { ModelMessage } from 'ai';
import { type History, replyIn } from '../shared/three-processes/history.ts';

export interface SqliteHistory extends History {
  close(): void;
}

export function openHistory(file: string): SqliteHistory {
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
    messages: async (thread) => select.all(thread).map(({ message }) => parse(message)),
    append: async (messages, { thread, length, by }) => {
      const rows = messages.map((message) => ({ message, announcer: replyIn(message) === undefined ? null : by }));
      insert.run(thread, length, JSON.stringify(rows));
    },
    endingWith: async (role) => selectLast.all().flatMap((last) => (last.role === role ? [String(last.thread)] : [])),
    unannounced: async (by) =>
      selectUnannounced.all(by).map(({ thread, position, message }) => ({
        thread: String(thread),
        position: Number(position),
        text: replyIn(parse(message)) ?? '',
      })),
    markAnnounced: async ({ thread, position }) => {
      update.run(thread, position);
    },
    close: () => database.close(),
  };
}

function parse(message: unknown): ModelMessage {
  return JSON.parse(String(message)) as ModelMessage; // only append writes them
}
