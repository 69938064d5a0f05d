// What the LangChain agent remembers of each conversation: LangChain's own messages, in a table of the app.
import {
  type BaseMessage,
  mapChatMessagesToStoredMessages,
  mapStoredMessagesToChatMessages,
  type StoredMessage,
} from '@langchain/core/messages';
import { once } from '../once.ts';
import { openDatabase } from '../state.ts';

export interface History {
  load(thread: string): BaseMessage[];
  save(thread: string, messages: readonly BaseMessage[]): void;
}

export const history: History = once('langchain history', () => {
  const database = openDatabase('langchain-history');
  database.exec('CREATE TABLE IF NOT EXISTS histories (thread TEXT PRIMARY KEY, messages TEXT NOT NULL)');
  const select = database.prepare('SELECT messages FROM histories WHERE thread = ?');
  const replace = database.prepare('REPLACE INTO histories (thread, messages) VALUES (?, ?)');
  return {
    load: (thread) => {
      const stored = JSON.parse(String(select.get(thread)?.messages ?? '[]')) as StoredMessage[]; // only `save` writes it
      return mapStoredMessagesToChatMessages(stored);
    },
    save: (thread, messages) => {
      replace.run(thread, JSON.stringify(mapChatMessagesToStoredMessages([...messages])));
    },
  };
});
