// The database of the app: the messages of its one conversation, as the AI SDK makes them, and some numbers.
import type { ModelMessage } from 'ai';
import { openAlone } from './state.ts';

export interface Chat {
  readonly messages: ModelMessage[];
  /** All of them are kept, or none. */
  append(messages: readonly ModelMessage[]): void;
  /** A number that was kept; 0 at first. */
  number(name: string): number;
  keepNumber(name: string, value: number): void;
  close(): void;
}

export function openChat(file: string): Chat {
  const database = openAlone(file);
  database.exec(`
    CREATE TABLE IF NOT EXISTS messages (position INTEGER PRIMARY KEY, message TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
  `);
  const select = database.prepare('SELECT message FROM messages ORDER BY position');
  const insert = database.prepare('INSERT INTO messages (message) SELECT value FROM json_each(?)');
  const selectNumber = database.prepare('SELECT value FROM numbers WHERE name = ?');
  const replaceNumber = database.prepare('REPLACE INTO numbers (name, value) VALUES (?, ?)');
  return {
    get messages() {
      return select.all().map(({ message }) => JSON.parse(String(message)) as ModelMessage); // only append writes them
    },
    append: (messages) => {
      insert.run(JSON.stringify(messages));
    },
    number: (name) => Number(selectNumber.get(name)?.value ?? 0),
    keepNumber: (name, value) => {
      replaceNumber.run(name, value);
    },
    close: () => database.close(),
  };
}
