// The caller's loop: run, see what is open, bring the results back as a message, run again.
//
// Everything travels in the messages, as in the .NET proposal (dotnet/extensions#7344) that Latecall is modelled on.
// The farm hands out a receipt at once and the video later; the model is never shown the receipt.
//
//   node examples/caller-loop/main.ts
import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import { asyncFunctionRequests, asyncTool, createAsyncFunctionResponse, createLatecall } from '@latecall/ai-sdk';
import { startOpenAIServer } from '@latecall/testing';
import { generateText, type ModelMessage } from 'ai';
import { z } from 'zod';
import { quote, toolResults } from '../shared/read-view.ts';
import { createRenderFarm } from '../shared/render-farm.ts';

// Offline stand-in for OpenAI: real HTTP, and it refuses what OpenAI refuses. The model quotes what it is shown.
const server = await startOpenAIServer({
  model: (view) =>
    toolResults(view).length === 0
      ? { toolCalls: [{ name: 'renderVideo', arguments: { script: 'A cat plays chess' } }] }
      : { text: `Your video is ready: ${quote(view, 'renderVideo')}` },
});
const openai = createOpenAI({ baseURL: server.baseURL, apiKey: 'local' });

const farm = createRenderFarm();

const renderVideo = asyncTool({
  description: 'Render a video from a script',
  inputSchema: z.object({ script: z.string() }),
  resultSchema: z.object({ url: z.url() }),
  dispatch: ({ script }, { idempotencyKey }) => farm.submit({ key: idempotencyKey, script }),
  deadline: '15m',
});
const tools = { renderVideo };

const later = createLatecall();
const agent = later.wrap({ model: openai('gpt-5'), tools, scope: { thread: 'chat-1' } });

const messages: ModelMessage[] = [{ role: 'user', content: 'Render a video of a cat that plays chess.' }];
const run = async () => {
  const result = await generateText({ ...agent, messages });
  messages.push(...result.responseMessages);
  return result;
};

let result = await run();
console.log(`first run   "${result.text}" after ${server.requests.length} model call`);

let open = asyncFunctionRequests(messages, tools);
while (open.length > 0) {
  for (const { handle, dispatchResult } of open) console.log('pending    ', handle, JSON.stringify(dispatchResult));
  const responses = await Promise.all(
    open.map(async (request) =>
      createAsyncFunctionResponse({ request, result: await farm.whenDone(request.dispatchResult.jobId) }),
    ),
  );
  messages.push(await later.asyncFunctionResponseMessage(responses));
  result = await run();
  open = asyncFunctionRequests(messages, tools);
}
console.log(`last run    "${result.text}" after ${server.requests.length} model calls`);

const { url } = await farm.whenDone('job_1');
assert.ok(result.text.includes(url), 'the answer holds the link that only the farm knew');
assert.ok(!JSON.stringify(server.requests).includes('job_1'), 'the model never saw the receipt');
assert.equal(server.requests.length, 2, 'one model call to ask for the video, one to answer; none in between');
assert.deepEqual(farm.scripts, ['A cat plays chess'], 'dispatched once');

await server.close();
