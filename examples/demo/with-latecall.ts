// The story with Latecall: the run pauses after its first step, webhooks bring the results, and the chat goes on.
import assert from 'node:assert/strict';
import { type AuditEvent, asyncFunctionRequests, asyncTool, createLatecall } from '@latecall/ai-sdk';
import { generateText, type ModelMessage } from 'ai';
import { z } from 'zod';
import { serve } from '../shared/serve.ts';
import { question, type Story, videoInput, weather } from './story.ts';

export async function withLatecall({ watched, outside, tell }: Story) {
  const renderVideo = asyncTool({
    description: 'Render a video',
    inputSchema: videoInput,
    resultSchema: z.object({ url: z.url() }),
    dispatch: ({ kind }, { idempotencyKey, callback, signal }) => {
      assert.ok(callback !== undefined);
      return outside.submit({ key: idempotencyKey, kind, callback }, signal);
    },
    deadline: '1m',
  });
  const tools = { renderVideo, weather };
  const scope = { thread: 'chat-1' };

  const callbackRoute = await serve(takeResult);
  const later = createLatecall({ callbackUrl: callbackRoute.origin, audit });
  const agent = later.wrap({ model: watched.model, tools, scope });

  const messages: ModelMessage[] = [{ role: 'user', content: question }];
  const answer = Promise.withResolvers<string>();
  let callsAtPause: number | undefined;
  let callsAtLastResult = 0;

  /** Goes on with the chat as far as it goes. With a result still out that is nowhere, and costs no model call. */
  async function run(): Promise<void> {
    const result = await generateText({ ...agent, messages: [...messages] });
    messages.push(...result.responseMessages);
    if (asyncFunctionRequests(messages).length === 0) {
      answer.resolve(result.text);
      return;
    }
    const waiting = (await later.pending(scope)).map(({ handle }) => handle);
    callsAtPause ??= watched.calls;
    tell('app', 'pauses', `no result yet: ${waiting.join(', ')}`);
  }

  /** The callback route: the token is the proof. Whoever brings a result wakes the chat. */
  async function takeResult(request: Request): Promise<Response> {
    const id = new URL(request.url).pathname.slice(1);
    const token = request.headers.get('authorization')?.replace('Bearer ', '');
    const result: unknown = await request.json();
    callsAtLastResult = watched.calls;
    tell('outside', 'posts', JSON.stringify(result));
    const { verdict } = await later.settle({ id, outcome: { status: 'completed', result }, tools, token });
    if (verdict === 'accepted') run().catch(answer.reject);
    return Response.json({ verdict }, { status: verdict === 'accepted' ? 202 : 409 });
  }

  /** What Latecall reports, for logs and audits. */
  async function audit(event: AuditEvent): Promise<void> {
    const task = await later.store.get(event);
    if (task === undefined) return;
    const { handle, arguments: input, dispatchResult: receipt } = task;
    if (event.type === 'task.dispatched') {
      tell('latecall', 'dispatched', `${handle} ${JSON.stringify(input)}`, `receipt ${JSON.stringify(receipt)}`);
    }
    if (event.type === 'task.settled') tell('latecall', 'settled', handle);
    if (event.type === 'task.consumed') tell('latecall', 'consumed', handle);
  }

  tell('user', 'asks', question);
  await run();
  const text = await answer.promise;
  await callbackRoute.close();
  return { answer: text, modelCallsWhileWaiting: callsAtLastResult - (callsAtPause ?? 0) };
}
