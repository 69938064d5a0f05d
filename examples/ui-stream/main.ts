// A chat UI that shows a pending dispatch: what the browser is streamed while the call waits, and when its result comes.
// The route is the AI SDK's own, with `toAsyncUIMessageStream` for `toUIMessageStream`; `refreshUIMessages` lays what the
// store knows over the messages that a client posts.
// Run: node examples/ui-stream/main.ts
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createOpenAI } from '@ai-sdk/openai';
import {
  type AsyncUIMessage,
  asyncTool,
  createLatecall,
  refreshUIMessages,
  toAsyncUIMessageStream,
} from '@latecall/ai-sdk';
import { startOpenAIServer } from '@latecall/testing';
import {
  convertToModelMessages,
  createUIMessageStreamResponse,
  parseJsonEventStream,
  readUIMessageStream,
  streamText,
  uiMessageChunkSchema,
} from 'ai';
import { z } from 'zod';

const nonce = randomUUID();
const server = await startOpenAIServer({
  model: ({ messages }) => {
    const told = messages
      .flatMap(({ toolResults }) => toolResults)
      .find(({ output }) => JSON.stringify(output).includes(nonce));
    if (told !== undefined) return { text: `Your video: ${JSON.stringify(told.output)}` };
    return { text: 'I have sent it to the farm.', toolCalls: [{ name: 'render', arguments: { script: 'cat' } }] };
  },
});
const openai = createOpenAI({ baseURL: server.baseURL, apiKey: 'local' });

const tools = {
  render: asyncTool({
    inputSchema: z.object({ script: z.string() }),
    resultSchema: z.object({ url: z.string() }),
    dispatch: ({ script }) => ({ farm: 'farm-7.internal', queue: `${script} is number 3` }),
    publicReceipt: ({ queue }) => queue, // people see the place in the queue, and nothing else of the receipt
    deadline: '15m',
  }),
};
type ChatMessage = AsyncUIMessage<typeof tools>;

const later = createLatecall();
const scope = { thread: 'chat-1' };
let saved: ChatMessage[] = []; // your database

/** app/api/chat/route.ts */
async function POST(request: Request): Promise<Response> {
  const posted = (await request.json()) as { messages: ChatMessage[] };
  const messages = await refreshUIMessages({ messages: posted.messages, later, scope, tools });
  const agent = later.wrap({ model: openai('gpt-5'), tools, scope });
  const result = streamText({ ...agent, messages: await convertToModelMessages(messages, { tools }) });
  const stream = toAsyncUIMessageStream<typeof tools, ChatMessage>({
    stream: result.stream,
    later,
    scope,
    tools,
    originalMessages: messages,
    onEnd: ({ messages: shown }) => {
      saved = shown;
    },
  });
  return createUIMessageStreamResponse({ stream });
}

/** The browser: posts the messages and reads the answer as `useChat` does. */
async function ask(messages: ChatMessage[]): Promise<{ message: ChatMessage; wire: string }> {
  const request = new Request('http://localhost/api/chat', { method: 'POST', body: JSON.stringify({ messages }) });
  const response = await POST(request);
  assert.ok(response.body !== null);
  const [forEyes, forUI] = response.body.tee();
  const wire = new Response(forEyes).text();
  const chunks = parseJsonEventStream({ stream: forUI, schema: uiMessageChunkSchema }).pipeThrough(
    new TransformStream({
      transform: (chunk, controller) => {
        if (chunk.success) controller.enqueue(chunk.value);
      },
    }),
  );
  const last = messages.at(-1);
  let message: ChatMessage | undefined;
  const continued = last?.role === 'assistant' ? { message: last } : {};
  for await (const state of readUIMessageStream<ChatMessage>({ stream: chunks, ...continued })) message = state;
  assert.ok(message !== undefined);
  return { message, wire: await wire };
}

const show = (title: string, { parts }: ChatMessage) => {
  console.log(title);
  for (const part of parts) {
    if (part.type === 'text') console.log(`  text                 ${part.text}`);
    if (part.type === 'tool-render') {
      const output = part.state === 'output-available' ? ` ${part.output.url}` : ''; // typed: the result, not the request
      console.log(`  tool-render          ${part.state}${output}`);
    }
    if (part.type === 'data-async-function') {
      console.log(`  data-async-function  ${part.data.status}, receipt: ${JSON.stringify(part.data.receipt)}`);
    }
  }
};

const question: ChatMessage = { id: 'u1', role: 'user', parts: [{ type: 'text', text: 'Render a cat.' }] };
const first = await ask([question]);
show('While the farm renders, the browser shows:', first.message);
assert.ok(!first.wire.includes('farm-7.internal'), 'the receipt stays on the server');
assert.ok(first.message.parts.some((part) => part.type === 'tool-render' && part.state === 'input-available'));
assert.deepEqual(saved.at(-1)?.parts, first.message.parts, 'what is saved is what was shown');

const [task] = await later.pending(scope);
assert.ok(task !== undefined);
await later.report({ id: task.id, progress: { fraction: 0.5, message: 'frame 120 of 240' } });
const reloaded = await refreshUIMessages({ messages: saved, later, scope, tools });
const progress = reloaded
  .at(-1)
  ?.parts.flatMap((part) => (part.type === 'data-async-function' ? [part.data.progress] : []));
console.log('After a reload:       ', JSON.stringify(progress));

await later.settle({
  id: task.id,
  outcome: { status: 'completed', result: { url: `https://v.example/${nonce}` } },
  tools,
});
const second = await ask(saved);
show('The result has come; the same message goes on:', second.message);
assert.ok(
  second.message.parts.some(
    (part) => part.type === 'tool-render' && part.state === 'output-available' && part.output.url.includes(nonce),
  ),
);
assert.ok(second.message.parts.some((part) => part.type === 'text' && part.text.includes(nonce)));
await server.close();
