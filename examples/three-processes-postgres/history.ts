// The app's own database, on PostgreSQL.
import type { ModelMessage } from 'ai';
import type { Pool } from 'pg';
import { type History, type Reply, replyIn } from '../shared/three-processes/history.ts';

/** Part of the app's deployment. */
export async function createHistoryTable(pool: Pool): Promise<void> {
  await pool.query(`
    CREATE TABLE messages (
      thread text NOT NULL, position int NOT NULL, message jsonb NOT NULL, announcer text,
      PRIMARY KEY (thread, position)
    )
  `);
}

export function openHistory(pool: Pool): History {
  return {
    messages: async (thread) => {
      const sql = 'SELECT message FROM messages WHERE thread = $1 ORDER BY position';
      const { rows } = await pool.query<{ message: ModelMessage }>(sql, [thread]);
      return rows.map(({ message }) => message);
    },

    append: async (messages, { thread, length, by }) => {
      const added = messages.map((message) => ({ message, announcer: replyIn(message) === undefined ? null : by }));
      const sql = `
        INSERT INTO messages (thread, position, message, announcer)
        SELECT $1, $2 + number - 1, added -> 'message', added ->> 'announcer'
        FROM jsonb_array_elements($3) WITH ORDINALITY AS list (added, number)
      `;
      await pool.query(sql, [thread, length, JSON.stringify(added)]);
    },

    endingWith: async (role) => {
      const sql = `
        SELECT thread FROM (
          SELECT DISTINCT ON (thread) thread, message ->> 'role' AS role FROM messages ORDER BY thread, position DESC
        ) AS last WHERE role = $1
      `;
      const { rows } = await pool.query<{ thread: string }>(sql, [role]);
      return rows.map(({ thread }) => thread);
    },

    unannounced: async (by) => {
      const sql = 'SELECT thread, position, message FROM messages WHERE announcer = $1';
      const { rows } = await pool.query<Omit<Reply, 'text'> & { message: ModelMessage }>(sql, [by]);
      return rows.map(({ message, ...place }) => ({ ...place, text: replyIn(message) ?? '' }));
    },

    markAnnounced: async ({ thread, position }) => {
      await pool.query('UPDATE messages SET announcer = NULL WHERE thread = $1 AND position = $2', [thread, position]);
    },
  };
}
