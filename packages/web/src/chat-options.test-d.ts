import type { LatecallTasks } from '@latecall/core';
import { describe, expectTypeOf, it } from 'vitest';
import { type Chat, type ChatMessages, createChat } from './index.ts';

interface Message {
  id: string;
  role: 'user' | 'assistant';
  parts: { type: 'text'; text: string }[];
}

declare const later: LatecallTasks<Record<string, object>>;
declare const messages: ChatMessages<Message>;
const scopeOf = () => ({ thread: 'a' });

describe('a chat', () => {
  it('gives the app its own messages', () => {
    createChat<Message>({
      later,
      scopeOf,
      messages,
      refresh: async (stored) => {
        expectTypeOf(stored).toEqualTypeOf<Message[]>();
        return stored;
      },
      answer: async (input) => {
        expectTypeOf(input.messages).toEqualTypeOf<Message[]>();
        expectTypeOf(input.save).parameter(0).toEqualTypeOf<Message>();
        return undefined;
      },
    });
  });

  it('lets nobody in without the app saying who', () => {
    // @ts-expect-error no scopeOf
    createChat<Message>({ later, messages, answer: async () => undefined });
  });

  it('is what the route files of Next.js export', () => {
    type Export = (request: Request, context: { params: Promise<{ id: string }> }) => Promise<Response>;
    const { GET, POST, stream } = {} as Chat;
    ({ GET, POST }) satisfies Record<string, Export>;
    ({ GET: stream.GET, DELETE: stream.DELETE }) satisfies Record<string, Export>;
  });
});
