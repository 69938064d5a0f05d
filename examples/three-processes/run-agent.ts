// One run of the agent, the same for the app and the worker: loads the history, runs, saves what was added, and
// announces the reply if there is one.
import { createOpenAI } from '@ai-sdk/openai';
import { asyncFunctionRequests, type Scope } from '@latecall/ai-sdk';
import { generateText } from 'ai';
import { type Author, openHistory, replyIn } from './history.ts';
import { later, tools } from './latecall.ts';
import { pass, report } from './parent.ts';

const { APP_DB = '', OPENAI_URL = '' } = process.env;

export const history = openHistory(APP_DB);

/** They take turns: the app answers a user's message, the worker goes on where calls were made. */
const answersTo = { app: 'user', worker: 'tool' } as const;

/** Adds nothing if it is not this author's turn, or if there is nothing to tell yet. */
export async function runAgent({ thread }: Scope, by: Author): Promise<void> {
  const messages = history.messages(thread);
  if (messages.at(-1)?.role !== answersTo[by]) return;
  const agent = later.wrap({ model: modelFor(thread), tools, scope: { thread } });
  const { responseMessages } = await generateText({ ...agent, messages });
  const waits = asyncFunctionRequests(responseMessages).length > 0;
  if (waits) pass('request emitted', thread);
  history.append(responseMessages, { thread, length: messages.length, by });
  if (waits) report({ type: 'waits', thread });
  if (responseMessages.some((message) => replyIn(message) !== undefined)) pass('reply saved', thread);
  announceReplies(by);
}

/** What a dead process of this author has left undone. Runs that have to wait cost no model call. */
export async function takeUp(by: Author): Promise<void> {
  announceReplies(by);
  for (const thread of history.endingWith(answersTo[by])) await runAgent({ thread }, by);
}

/** A process that dies between the two lines announces the reply once more: whoever hears it may know it already. */
function announceReplies(by: Author): void {
  for (const reply of history.unannounced(by)) {
    report({ type: 'announces', reply: reply.text, thread: reply.thread });
    history.markAnnounced(reply);
  }
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
