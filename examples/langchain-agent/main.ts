// The caller's loop around an agent of LangChain: invoke, see what is open, bring the results back as messages, invoke
// again. The twin of examples/caller-loop.
//
// There is no checkpointer and no store: everything travels in the messages, as in the .NET proposal
// (dotnet/extensions#7344) that Latecall is modelled on. The farm hands out a receipt at once and the video later; the
// model is never shown the receipt.
//
//   node examples/langchain-agent/main.ts
import assert from 'node:assert/strict';
import { type BaseMessage, HumanMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { asyncFunctionRequests, asyncTool, createAsyncFunctionResponse, createLatecall } from '@latecall/langchain';
import { startOpenAIServer } from '@latecall/testing';
import { createAgent } from 'langchain';
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
const model = new ChatOpenAI({ model: 'gpt-5', apiKey: 'local', configuration: { baseURL: server.baseURL } });

const farm = createRenderFarm();

const renderVideo = asyncTool({
  name: 'renderVideo',
  description: 'Render a video from a script',
  inputSchema: z.object({ script: z.string() }),
  resultSchema: z.object({ url: z.url() }),
  dispatch: ({ script }, { idempotencyKey }) => farm.submit({ key: idempotencyKey, script }),
  deadline: '15m',
});
const tools = [renderVideo];

const later = createLatecall();
const agent = createAgent({ model, ...later.wrap({ tools, scope: { thread: 'chat-1' } }) });

let messages: BaseMessage[] = [new HumanMessage('Render a video of a cat that plays chess.')];
const run = async () => {
  ({ messages } = await agent.invoke({ messages }));
  const last = messages.at(-1);
  return last?.type === 'ai' ? last.text : ''; // a run that waits ends behind the call
};

let text = await run();
console.log(`first run   "${text}" after ${server.requests.length} model call`);

let open = asyncFunctionRequests(messages, tools);
while (open.length > 0) {
  for (const { handle, dispatchResult } of open) console.log('pending    ', handle, JSON.stringify(dispatchResult));
  const responses = await Promise.all(
    open.map(async (request) =>
      createAsyncFunctionResponse({ request, result: await farm.whenDone(request.dispatchResult.jobId) }),
    ),
  );
  messages.push(...(await later.asyncFunctionResponseMessages(responses)));
  text = await run();
  open = asyncFunctionRequests(messages, tools);
}
console.log(`last run    "${text}" after ${server.requests.length} model calls`);

const { url } = await farm.whenDone('job_1');
assert.ok(text.includes(url), 'the answer holds the link that only the farm knew');
assert.ok(!JSON.stringify(server.requests).includes('job_1'), 'the model never saw the receipt');
assert.equal(server.requests.length, 2, 'one model call to ask for the video, one to answer; none in between');
assert.deepEqual(farm.scripts, ['A cat plays chess'], 'dispatched once');

await server.close();
