// The app's own table of messages: one row each, as the browser shows them.
import type { Scope } from '@latecall/core';
import type { UIMessage } from 'ai';
import { once } from './once.ts';
import { openDatabase } from './state.ts';

export interface MessageTable<MESSAGE> {
  load(scope: Scope): Promise<MESSAGE[]>;
  save(scope: Scope, message: MESSAGE): Promise<void>;
  remove(scope: Scope, ids: string[]): Promise<void>;
}

/** The messages of one agent of the app. */
export function openMessages<MESSAGE extends UIMessage>(name: string): MessageTable<MESSAGE> {
  return once(`messages ${name}`, () => {
    const database = openDatabase(`${name}-messages`);
    database.exec(`
      CREATE TABLE IF NOT EXISTS messages (
        position INTEGER PRIMARY KEY,
        thread TEXT NOT NULL,
        id TEXT NOT NULL,
        message TEXT NOT NULL,
        UNIQUE (thread, id)
      )
    `);
    const select = database.prepare('SELECT message FROM messages WHERE thread = ? ORDER BY position');
    const upsert = database.prepare(`
      INSERT INTO messages (thread, id, message) VALUES (?, ?, ?)
      ON CONFLICT (thread, id) DO UPDATE SET message = excluded.message
    `);
    const remove = database.prepare('DELETE FROM messages WHERE thread = ? AND id = ?');
    return {
      load: async ({ thread }) => {
        return select.all(thread).map(({ message }) => JSON.parse(String(message)) as MESSAGE); // only `save` writes them
      },
      save: async ({ thread }, message) => {
        upsert.run(thread, message.id, JSON.stringify(message));
      },
      remove: async ({ thread }, ids) => {
        for (const id of ids) remove.run(thread, id);
      },
    };
  });
}
