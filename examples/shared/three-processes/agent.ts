// The agent, the same for the app and the worker. A run loads the history, saves what the agent has added, and announces
// the reply if there is one.
import { createOpenAI } from '@ai-sdk/openai';
import { asyncFunctionRequests, type Scope, type TaskStore } from '@latecall/ai-sdk';
import { generateText } from 'ai';
import { type Author, type History, type Reply, replyIn } from './history.ts';
import { openLatecall, tools } from './latecall.ts';
import { pass, report } from './parent.ts';

const { OPENAI_URL = '' } = process.env;

/** They take turns: the app answers a user's message, the worker goes on where calls were made. */
const answersTo = { app: 'user', worker: 'tool' } as const;

export interface Agent {
  /** Adds nothing if it is not this author's turn, or if there is nothing to tell yet. */
  run(scope: Scope): Promise<void>;
  /** The conversations in which it is this author's turn. Runs that have to wait cost no model call. */
  unanswered(): Promise<string[]>;
  /** Announces the replies that a dead process of this author has saved. */
  announceSaved(): Promise<void>;
}

export function createAgent(setup: { store: TaskStore; history: History; by: Author }): Agent {
  const { store, history, by } = setup;
  const later = openLatecall(store);

  /** A process that dies between the first two lines announces the reply once more: whoever hears it may know it already. */
  async function announce(replies: readonly Reply[]): Promise<void> {
    for (const reply of replies) {
      report({ type: 'announces', reply: reply.text, thread: reply.thread });
      await history.markAnnounced(reply);
      report({ type: 'has announced', thread: reply.thread });
    }
  }

  return {
    run: async ({ thread }) => {
      const messages = await history.messages(thread);
      if (messages.at(-1)?.role !== answersTo[by]) return;
      const agent = later.wrap({ model: modelFor(thread), tools, scope: { thread } });
      const { responseMessages } = await generateText({ ...agent, messages });
      const waits = asyncFunctionRequests(responseMessages).length > 0;
      if (waits) pass('request emitted', thread);
      await history.append(responseMessages, { thread, length: messages.length, by });
      if (waits) report({ type: 'waits', thread });
      if (responseMessages.some((message) => replyIn(message) !== undefined)) pass('reply saved', thread);
      const replies = await history.unannounced(by); // those of other conversations are other runs' to announce
      await announce(replies.filter((reply) => reply.thread === thread));
    },
    unanswered: () => history.endingWith(answersTo[by]),
    announceSaved: async () => announce(await history.unannounced(by)),
  };
}

function modelFor(thread: string) {
  const openai = createOpenAI({
    baseURL: OPENAI_URL,
    apiKey: 'local',
    fetch: async (...request) => {
      const response = await fetch(...request);
      pass('model called', thread);
      return response;
    },
  });
  return openai('gpt-5');
}
