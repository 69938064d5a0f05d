import type { Problem } from './answer.ts';
import type { ChatMessage } from './chat-options.ts';
import { type ChatPost, isSameMessage } from './read-chat-post.ts';

/** What a post means for the conversation as it is stored. */
export type Taken =
  /** A new message of the user. */
  | { readonly type: 'append' }
  /** Sent again, and not answered yet. */
  | { readonly type: 'answer' }
  /** The answers behind the last message of the user are to go. */
  | { readonly type: 'replace'; readonly ids: string[] }
  /** There is nothing to do: it was answered, or is being answered. */
  | { readonly type: 'nothing' }
  | { readonly type: 'problem'; readonly problem: Problem };

/** Decides by what is stored; whatever else stands in the client's history does not count. */
export function takePost(stored: readonly ChatMessage[], { trigger, message }: ChatPost): Taken {
  if (message === undefined) {
    return refuse('There is no new message to answer. The server goes on by itself when a result has come.');
  }
  const known = stored.find(({ id }) => id === message.id);
  if (known === undefined) return { type: 'append' }; // `regenerate()` also sends again what did not arrive
  if (!isSameMessage(known, message)) {
    return refuse('A message cannot be changed: one of this id was sent with other content. Send a new one.');
  }
  const behind = stored.slice(stored.indexOf(known) + 1);
  if (trigger === 'submit') return { type: behind.length === 0 ? 'answer' : 'nothing' };
  if (behind.some(({ role }) => role === 'user')) {
    return refuse('Only the last answer can be made anew, and this is not the last message of the user.');
  }
  return { type: 'replace', ids: behind.map(({ id }) => id) };
}

function refuse(message: string): Taken {
  return { type: 'problem', problem: { status: 409, message } };
}
