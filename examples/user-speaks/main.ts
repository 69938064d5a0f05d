// The user speaks while a call is pending. The model answers at once: it is told that the call was dispatched and is
// not done. When the result comes, it is added behind what was said meanwhile: what a provider has been sent is never
// rewritten.
//
//   node examples/user-speaks/main.ts
import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import { asyncFunctionOutcomes, asyncFunctionRequests, asyncTool, createLatecall } from '@latecall/ai-sdk';
import { type ModelView, startOpenAIServer } from '@latecall/testing';
import { generateText, type ModelMessage } from 'ai';
import { z } from 'zod';
import { asLines, lastUserText, quote, toolResults } from '../shared/read-view.ts';
import { createRenderFarm } from '../shared/render-farm.ts';

const seen: ModelView[] = [];
const server = await startOpenAIServer({
  model: (view) => {
    seen.push(view);
    const late = quote(view, 'await_async_result');
    if (toolResults(view).length === 0) {
      return { toolCalls: [{ name: 'renderVideo', arguments: { script: 'A cat plays chess' } }] };
    }
    return late === ''
      ? { text: `To "${lastUserText(view)}" I can say: it has been started and is not done.` }
      : { text: `The video has come: ${late}` };
  },
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
const scope = { thread: 'chat-1' };
const agent = later.wrap({ model: openai('gpt-5'), tools, scope });

const messages: ModelMessage[] = [];
const run = async () => {
  const result = await generateText({ ...agent, messages });
  messages.push(...result.responseMessages);
  return result.text;
};

messages.push({ role: 'user', content: 'Render a video of a cat that plays chess.' });
await run();
const [request] = asyncFunctionRequests(messages, tools);
assert.ok(request !== undefined);

messages.push({ role: 'user', content: 'How long will it take?' });
const meanwhile = await run();
assert.match(meanwhile, /not done/);

const video = await farm.whenDone(request.dispatchResult.jobId);
await later.settle({ id: request.id, outcome: { status: 'completed', result: video }, tools, scope });
const answer = await run();
assert.ok(answer.includes(video.url), 'the answer holds the link that only the farm knew');

console.log('what the model was sent, the last time:');
const [before, last] = seen.slice(-2).map(asLines);
assert.ok(before !== undefined && last !== undefined);
for (const line of last) console.log(`  ${line}`);
console.log(`and answered:\n  ${answer}`);

assert.deepEqual(last.slice(0, before.length), before, 'what was sent before was sent again, unchanged');
assert.deepEqual(
  asyncFunctionOutcomes(messages, tools).map(({ toolName, outcome }) => [toolName, outcome]),
  [['renderVideo', { status: 'completed', result: video }]],
  'the messages say that the model was told, once',
);

await server.close();
