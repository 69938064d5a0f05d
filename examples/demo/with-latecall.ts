// The story with Latecall: the run pauses after its first step, webhooks bring the results, and the chat goes on. All
// that it has to know stands in databases, so it may be killed at any time and started again.
import assert from 'node:assert/strict';
import { type AuditEvent, asyncFunctionRequests, asyncTool, createLatecall } from '@latecall/ai-sdk';
import type { SqliteStore } from '@latecall/stores/sqlite';
import { createCallbackRoute } from '@latecall/web';
import { generateText, type ModelMessage } from 'ai';
import { z } from 'zod';
import { serve } from '../shared/serve.ts';
import type { Chat } from './chat.ts';
import { question, type Story, videoInput, weather } from './story.ts';

export async function withLatecall({
  watched,
  outside,
  tell,
  chat,
  store,
}: Story & { chat: Chat; store: SqliteStore }) {
  const renderVideo = asyncTool({
    description: 'Render a video',
    inputSchema: videoInput,
    resultSchema: z.object({ url: z.url() }),
    dispatch: ({ kind }, { idempotencyKey, callback, signal }) => {
      assert.ok(callback !== undefined);
      return outside.submit({ key: idempotencyKey, kind, callback }, signal);
    },
    deadline: '30d',
  });
  const tools = { renderVideo, weather };
  const scope = { thread: 'chat-1' };

  const app = await serve(takeResult);
  // One process at a time has the chat, and it makes one run after the other: a claim that it finds is a dead one's.
  const later = createLatecall({ store, callbackUrl: app.origin, audit, takeOverAfter: '1ms' });
  const callbackRoute = createCallbackRoute({ later, tools, onSettled: wake });
  const agent = later.wrap({ model: watched.model, tools, scope });
  const answer = Promise.withResolvers<string>();
  let runs = Promise.resolve();

  /** Whoever brings a result wakes the chat. */
  function wake(): void {
    runs = runs.then(run).catch(answer.reject);
  }

  /** Goes on with the chat as far as it goes. With a result still out that is nowhere, and costs no model call. */
  async function run(): Promise<void> {
    const { messages } = chat;
    if (answerIn(messages) === undefined) {
      const callsBefore = watched.calls;
      const result = await generateText({ ...agent, messages });
      chat.append(result.responseMessages);
      // A run that has begun with calls open and ends so should not have asked the model.
      if (isOpen(messages) && isOpen(chat.messages)) {
        chat.keepNumber('callsWhileWaiting', chat.number('callsWhileWaiting') + watched.calls - callsBefore);
      }
    }
    const text = answerIn(chat.messages);
    if (text !== undefined) return answer.resolve(text);
    const waiting = (await later.pending(scope)).map(({ handle }) => handle);
    if (waiting.length > 0) tell('app', 'pauses', `no result yet: ${waiting.join(', ')}`);
  }

  /** Shows what is posted, and leaves it to the route: the token is the proof. */
  async function takeResult(request: Request): Promise<Response> {
    const { status, result } = (await request.clone().json()) as { status: string; result: unknown }; // the demo's
    tell('outside', 'posts', `${status} ${JSON.stringify(result)}`);
    const response = await callbackRoute.handler(request);
    if (response.status === 200) tell('latecall', 'duplicate', 'this outcome was recorded before');
    return response;
  }

  /** What Latecall reports, for logs and audits. */
  async function audit(event: AuditEvent): Promise<void> {
    const task = await later.store.get(event);
    if (task === undefined) return;
    const { handle, arguments: input, dispatchResult: receipt } = task;
    if (event.type === 'task.dispatched') {
      tell('latecall', 'dispatched', `${handle} ${JSON.stringify(input)}`, `receipt ${JSON.stringify(receipt)}`);
    }
    if (event.type === 'task.rejoined') {
      tell('latecall', 'rejoined', `${handle} ${JSON.stringify(input)}`, 'this call was recorded before: the same key');
    }
    if (event.type === 'task.settled') tell('latecall', 'settled', handle);
    if (event.type === 'task.consumed') tell('latecall', 'consumed', handle);
  }

  if (chat.messages.length === 0) {
    tell('user', 'asks', question);
    chat.append([{ role: 'user', content: question }]);
  } else {
    const tasks = await later.store.list(scope);
    tell(
      'app',
      'goes on',
      `from message ${chat.messages.length} of the chat that began with: ${question}`,
      ...tasks.map(({ handle, status, consumption }) => {
        const told = consumption === undefined ? '' : ', and a model was told';
        return `${handle} is ${status}${told}`;
      }),
    );
  }
  if (answerIn(chat.messages) !== undefined) tell('app', 'is done', 'the answer is among the messages');
  outside.postTo(app.origin);
  wake();
  const text = await answer.promise;
  await app.close();
  return { answer: text, modelCallsWhileWaiting: chat.number('callsWhileWaiting') };
}

function isOpen(messages: readonly ModelMessage[]): boolean {
  return asyncFunctionRequests(messages).length > 0;
}

/** What the model said last, if that was its last word. */
function answerIn(messages: readonly ModelMessage[]): string | undefined {
  const last = messages.at(-1);
  if (last?.role !== 'assistant' || isOpen(messages)) return undefined;
  if (typeof last.content === 'string') return last.content;
  return last.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
