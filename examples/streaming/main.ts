// The caller's loop with streamText: the first stream ends where the run pauses, the next one goes on with the result.
//
//   node examples/streaming/main.ts
import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import { asyncFunctionRequests, asyncTool, createAsyncFunctionResponse, createLatecall } from '@latecall/ai-sdk';
import { startOpenAIServer } from '@latecall/testing';
import { type ModelMessage, streamText } from 'ai';
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
const openai = createOpenAI({ baseURL: server.baseURL, apiKey: 'local' });

const farm = createRenderFarm();

const renderVideo = asyncTool({
  description: 'Render a video from a script',
  inputSchema: z.object({ script: z.string() }),
  resultSchema: z.object({ url: z.url() }),
  dispatch: ({ script }, { idempotencyKey }) => farm.submit({ key: idempotencyKey, script }),
});
const tools = { renderVideo };

const later = createLatecall();
const agent = later.wrap({ model: openai('gpt-5'), tools, scope: { thread: 'chat-1' } });

const messages: ModelMessage[] = [{ role: 'user', content: 'Render a video of a cat that plays chess.' }];
const run = async () => {
  const result = streamText({ ...agent, messages });
  process.stdout.write('assistant  ');
  let text = '';
  for await (const delta of result.textStream) {
    process.stdout.write(delta);
    text += delta;
  }
  process.stdout.write('\n');
  messages.push(...(await result.responseMessages));
  return text;
};

let text = await run();
assert.equal(text, 'I am having it rendered.', 'the stream ends where the run pauses');

let open = asyncFunctionRequests(messages, tools);
while (open.length > 0) {
  for (const { handle, dispatchResult } of open) console.log(`pending    ${handle} (${dispatchResult.jobId})`);
  const responses = await Promise.all(
    open.map(async (request) =>
      createAsyncFunctionResponse({ request, result: await farm.whenDone(request.dispatchResult.jobId) }),
    ),
  );
  messages.push(await later.asyncFunctionResponseMessage(responses));
  text = await run();
  open = asyncFunctionRequests(messages, tools);
}

const { url } = await farm.whenDone('job_1');
assert.ok(text.includes(url), 'the last stream holds the link that only the farm knew');
assert.equal(server.requests.length, 2, 'no model call while the video was being rendered');

await server.close();
