// OpenAI's native async calls, from GPT-6 on: a call may stay open, and its output comes in any later request under
// the id of the call. A tool that is declared for them needs neither placeholder nor a second call. Every other model
// gets the same tool in the usual way, by itself.
//
//   node examples/native-async/main.ts
import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import {
  type AsyncFunctionRequestOf,
  asyncFunctionRequests,
  asyncTool,
  createAsyncFunctionResponse,
  createLatecall,
} from '@latecall/ai-sdk';
import { startOpenAIServer } from '@latecall/testing';
import { generateText, type ModelMessage } from 'ai';
import { z } from 'zod';
import { toolResults } from '../shared/read-view.ts';
import { createRenderFarm } from '../shared/render-farm.ts';

const server = await startOpenAIServer({
  model: (view) => {
    const video = toolResults(view).find(({ output }) => JSON.stringify(output).includes('url'));
    if (video !== undefined) return { text: `Here it is: ${JSON.stringify(video.output)}` };
    return view.messages.length === 1
      ? {
          toolCalls: [{ name: 'renderVideo', arguments: { script: 'A cat plays chess' } }],
          text: 'I am having it rendered.',
        }
      : { text: 'It is not done yet.' };
  },
});
const openai = createOpenAI({ baseURL: server.baseURL, apiKey: 'local' });

const farm = createRenderFarm();

const renderVideo = asyncTool({
  description: 'Render a video from a script',
  inputSchema: z.object({ script: z.string() }),
  resultSchema: z.object({ url: z.url() }),
  dispatch: ({ script }, { idempotencyKey }) => farm.submit({ key: idempotencyKey, script }),
  mode: 'continue',
  providerOptions: { openai: { async: true } },
});
const tools = { renderVideo };

const later = createLatecall();

const wire = z.object({
  input: z.array(z.looseObject({ type: z.string().default('message') })),
  tools: z.array(z.looseObject({ name: z.string() })),
  previous_response_id: z.string().optional(),
});
/** The last request as it went over the wire. */
const lastSent = () => wire.parse(server.requests.at(-1)?.body);
/** What it said of calls, their outputs included. */
const callsSent = () => {
  const calls = lastSent().input.filter(({ type }) => type.startsWith('function_call'));
  for (const { type, call_id, name, output, async: isAsync } of calls) {
    console.log(`  wire     ${type} ${call_id} ${name ?? output} ${isAsync === true ? '"async": true' : ''}`);
  }
  return calls;
};
const responseTo = async (request: AsyncFunctionRequestOf<typeof tools>) =>
  createAsyncFunctionResponse({ request, result: await farm.whenDone(request.dispatchResult.jobId) });

/** The whole conversation is sent each time. Returns what the wire said of calls: meanwhile, and at the end. */
async function converse(modelId: string) {
  const scope = { thread: `chat with ${modelId}` };
  const agent = later.wrap({ model: openai.responses(modelId), tools, scope });
  const messages: ModelMessage[] = [];
  const run = async () => {
    const { text, responseMessages } = await generateText({ ...agent, messages });
    messages.push(...responseMessages);
    console.log(`  answer   ${text}`);
    return text;
  };

  messages.push({ role: 'user', content: 'Render a video of a cat that plays chess.' });
  await run();
  const [request] = asyncFunctionRequests(messages, tools);
  assert.ok(request !== undefined);

  messages.push({ role: 'user', content: 'Is it there?' });
  assert.equal(await run(), 'It is not done yet.');
  const meanwhile = callsSent();

  await later.settle({ response: await responseTo(request), tools, scope });
  const answer = await run();
  const { url } = await farm.whenDone(request.dispatchResult.jobId);
  assert.ok(answer.includes(url), 'the link that only the farm knew');
  return { callId: request.functionCall.callId, meanwhile, atTheEnd: callsSent(), url };
}

console.log('gpt-6');
const native = await converse('gpt-6');
const [tool] = lastSent().tools;
assert.equal(tool?.async, true, 'the tool is declared async');
const open = {
  type: 'function_call',
  call_id: native.callId,
  name: 'renderVideo',
  arguments: JSON.stringify({ script: 'A cat plays chess' }),
  async: true,
};
const output = (url: string) => JSON.stringify({ url });
assert.deepEqual(native.meanwhile, [open], 'the call is open: async, and no placeholder behind it');
assert.deepEqual(
  native.atTheEnd,
  [open, { type: 'function_call_output', call_id: native.callId, output: output(native.url) }],
  'the output carries the id of the call, and no second call was needed',
);

// OpenAI keeps the conversation: each request names the response before it and holds only what is new. The result is
// all that is new at the end, so it goes in as a message of its own.
console.log('\ngpt-6, by previousResponseId');
const scope = { thread: 'chained chat' };
const agent = later.wrap({ model: openai.responses('gpt-6'), tools, scope });
let previousResponseId: string | undefined;
const send = async (message: ModelMessage) => {
  const openaiOptions = previousResponseId === undefined ? {} : { previousResponseId };
  const result = await generateText({ ...agent, messages: [message], providerOptions: { openai: openaiOptions } });
  previousResponseId = z.string().parse(result.providerMetadata?.openai?.responseId);
  console.log(`  answer   ${result.text}`);
  return result;
};

const first = await send({ role: 'user', content: 'Render a video of a cat that plays chess.' });
const [chained] = asyncFunctionRequests(first.responseMessages, tools);
assert.ok(chained !== undefined);
const second = await send({ role: 'user', content: 'Is it there?' });
assert.equal(second.text, 'It is not done yet.');
assert.deepEqual(callsSent(), [], 'OpenAI has the open call; nothing of it is sent again');

const before = previousResponseId;
const third = await send(await later.asyncFunctionResponseMessage(await responseTo(chained)));
const { url } = await farm.whenDone(chained.dispatchResult.jobId);
assert.ok(third.text.includes(url));
assert.equal(lastSent().previous_response_id, before);
assert.deepEqual(
  callsSent(),
  [{ type: 'function_call_output', call_id: chained.functionCall.callId, output: output(url) }],
  'the output alone, with the id of a call that is not in this request',
);
assert.equal(lastSent().input.length, 1);

console.log('\ngpt-5, with the very same tool');
const usual = await converse('gpt-5');
assert.equal(lastSent().tools[0]?.async, undefined, 'gpt-5 has no async tools, and is told of none');
assert.deepEqual(
  usual.meanwhile.map(({ type, call_id }) => [type, call_id]),
  [
    ['function_call', usual.callId],
    ['function_call_output', usual.callId],
  ],
  'the call has a placeholder',
);
const [, placeholder, lateCall, lateOutput] = usual.atTheEnd;
assert.match(String(placeholder?.output), /there is no result yet/);
assert.equal(lateCall?.name, 'await_async_result');
assert.equal(lateOutput?.output, output(usual.url));

await server.close();
