// An agent of LangChain that is streamed: its tokens, and what becomes of the calls that wait.
//
// The stream mode `messages` has the tokens. In the stream mode `custom`, Latecall says when a call is dispatched and
// when its result is in. The first stream ends where the run pauses, the next one goes on with the result. Then the
// same in the browser: `@ai-sdk/langchain` makes a UI message of both streams, and of all events of one call one data
// part.
//
//   node examples/langchain-streaming/main.ts
import assert from 'node:assert/strict';
import { toUIMessageStream } from '@ai-sdk/langchain';
import { type BaseMessage, HumanMessage } from '@langchain/core/messages';
import { MemorySaver } from '@langchain/langgraph';
import { ChatOpenAI } from '@langchain/openai';
import {
  type AsyncFunctionData,
  asyncFunctionRequests,
  asyncTool,
  createAsyncFunctionResponse,
  createLatecall,
  isAsyncFunctionEvent,
} from '@latecall/langchain';
import { startOpenAIServer } from '@latecall/testing';
import { readUIMessageStream, type UIMessage } from 'ai';
import { createAgent } from 'langchain';
import { z } from 'zod';
import { quote, toolResults } from '../shared/read-view.ts';
import { createRenderFarm } from '../shared/render-farm.ts';

const server = await startOpenAIServer({
  model: (view) =>
    toolResults(view).length === 0
      ? {
          text: 'I am having it rendered.',
          toolCalls: [{ name: 'renderVideo', arguments: { script: 'A cat plays chess' } }],
        }
      : { text: `Here is your video: ${quote(view, 'renderVideo')}` },
});
const model = new ChatOpenAI({
  model: 'gpt-5',
  apiKey: 'local',
  configuration: { baseURL: server.baseURL },
  streaming: true,
});

const farm = createRenderFarm();

const renderVideo = asyncTool({
  name: 'renderVideo',
  description: 'Render a video from a script',
  inputSchema: z.object({ script: z.string() }),
  resultSchema: z.object({ url: z.url() }),
  dispatch: ({ script }, { idempotencyKey }) => farm.submit({ key: idempotencyKey, script }),
});
const tools = [renderVideo];

const later = createLatecall();
const agent = createAgent({ model, ...later.wrap({ tools }), checkpointer: new MemorySaver() });

const stream = (thread: string, messages: BaseMessage[]) =>
  agent.stream({ messages }, { configurable: { thread_id: thread }, streamMode: ['custom', 'messages'] });

/** Waits for the farm, as somebody does who has only the thread; gives the messages that bring the result back. */
const whenDone = async (thread: string) => {
  const { values } = await agent.graph.getState({ configurable: { thread_id: thread } });
  const [request] = asyncFunctionRequests(values, tools);
  assert.ok(request !== undefined, 'the thread says what is pending');
  const result = await farm.whenDone(request.dispatchResult.jobId);
  const response = createAsyncFunctionResponse({ request, result });
  return { url: result.url, messages: await later.asyncFunctionResponseMessages(response) };
};

const question = () => new HumanMessage('Render a video of a cat that plays chess.');

// In a terminal. An event says how a call stands, and may say the same again: what counts is what has changed.
const standing = new Map<string, string>();
const run = async (thread: string, messages: BaseMessage[]) => {
  let text = '';
  for await (const [mode, chunk] of await stream(thread, messages)) {
    if (mode === 'custom' && isAsyncFunctionEvent(chunk) && standing.get(chunk.handle) !== chunk.status) {
      standing.set(chunk.handle, chunk.status);
      process.stdout.write(`\nevent      ${chunk.handle} is ${chunk.status}`);
    }
    if (mode === 'messages' && chunk[0].type === 'ai' && chunk[0].text !== '') {
      process.stdout.write(text === '' ? `\nassistant  ${chunk[0].text}` : chunk[0].text);
      text += chunk[0].text;
    }
  }
  process.stdout.write('\n');
  return text;
};

const first = await run('chat-1', [question()]);
assert.equal(first, 'I am having it rendered.', 'the stream ends where the run pauses');
assert.deepEqual([...standing.values()], ['working']);

const video = await whenDone('chat-1');
const second = await run('chat-1', video.messages);
assert.deepEqual([...standing.values()], ['completed']);
assert.ok(second.includes(video.url), 'the last stream holds the link that only the farm knew');
assert.equal(server.requests.length, 2, 'no model call while the video was being rendered');

// In a browser. Show the data part for the call, not the tool part: `@ai-sdk/langchain` takes what the model is told
// while it waits for the tool's output.
type ChatMessage = UIMessage<unknown, { 'async-function': AsyncFunctionData }>;

/** Reads a stream into a UI message, as `useChat` does: a new one, or the one that it goes on with. */
const show = async (thread: string, messages: BaseMessage[], message?: ChatMessage) => {
  const chunks = toUIMessageStream(await stream(thread, messages));
  let shown: ChatMessage | undefined;
  for await (const state of readUIMessageStream<ChatMessage>({ stream: chunks, ...(message && { message }) })) {
    shown = state;
  }
  assert.ok(shown !== undefined);
  return shown;
};

const print = (title: string, { parts }: ChatMessage) => {
  console.log(`\n${title}`);
  for (const part of parts) {
    if (part.type === 'text') console.log(`  text                 ${part.text}`);
    if (part.type === 'data-async-function') {
      console.log(`  data-async-function  ${part.data.handle} is ${part.data.status}`);
    }
  }
};

const statusesIn = ({ parts }: ChatMessage) =>
  parts.flatMap((part) => (part.type === 'data-async-function' ? [part.data.status] : []));

const waiting = await show('chat-2', [question()]);
print('While the farm renders, the browser shows:', waiting);
assert.deepEqual(statusesIn(waiting), ['working']);
assert.ok(!JSON.stringify(waiting).includes('job_'), 'the receipt stays on the server');

const { url, messages } = await whenDone('chat-2');
const done = await show('chat-2', messages, waiting);
print('The result has come; the same message goes on:', done);
assert.deepEqual(statusesIn(done), ['completed'], 'the same part, brought up to date');
assert.ok(done.parts.some((part) => part.type === 'text' && part.text.includes(url)));

await server.close();
