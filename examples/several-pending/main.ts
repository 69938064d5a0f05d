// Several calls of one turn: two slow ones and an ordinary one. The second slow result comes first; with one result in
// and one still out the run stays paused, without a model call. Then the model reads all three at once, each bound to
// the call that asked for it.
//
//   node examples/several-pending/main.ts
import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import { asyncFunctionRequests, asyncTool, createLatecall, PENDING } from '@latecall/ai-sdk';
import { type ModelView, startOpenAIServer } from '@latecall/testing';
import { generateText, type ModelMessage, tool } from 'ai';
import { z } from 'zod';
import { asLines, toolResults } from '../shared/read-view.ts';
import { createRenderFarm } from '../shared/render-farm.ts';

const seen: ModelView[] = [];
const server = await startOpenAIServer({
  model: (view) => {
    seen.push(view);
    const results = toolResults(view);
    return results.length === 0
      ? {
          toolCalls: [
            { name: 'renderVideo', arguments: { script: 'The film', seconds: 0.5 } },
            { name: 'weather', arguments: { city: 'Oslo' } },
            { name: 'renderVideo', arguments: { script: 'The teaser', seconds: 0.1 } },
          ],
        }
      : { text: results.map(({ output }) => JSON.stringify(output)).join(' ') };
  },
});
const openai = createOpenAI({ baseURL: server.baseURL, apiKey: 'local' });

const farm = createRenderFarm();

const renderVideo = asyncTool({
  description: 'Render a video from a script',
  inputSchema: z.object({ script: z.string(), seconds: z.number() }),
  resultSchema: z.object({ url: z.url() }),
  dispatch: (job, { idempotencyKey }) => farm.submit({ key: idempotencyKey, ...job }),
});
const weather = tool({
  description: 'The weather now',
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => ({ city, celsius: 14 }),
});
const tools = { renderVideo, weather };

const later = createLatecall();
const scope = { thread: 'chat-1' };
const agent = later.wrap({ model: openai('gpt-5'), tools, scope });

const messages: ModelMessage[] = [{ role: 'user', content: 'Render film and teaser. How is the weather in Oslo?' }];
const run = async () => {
  const result = await generateText({ ...agent, messages });
  messages.push(...result.responseMessages);
  return result;
};

await run();
const [film, teaser] = asyncFunctionRequests(messages, tools);
assert.ok(film !== undefined && teaser !== undefined, 'two calls are pending; the weather was answered at once');

// Results may come in any order and by any way. Here straight into the store that `later` keeps; the caller's loop
// example brings them in as messages instead.
const settle = async ({ id, dispatchResult }: typeof film) => {
  const video = await farm.whenDone(dispatchResult.jobId);
  const { verdict } = await later.settle({ id, outcome: { status: 'completed', result: video }, tools, scope });
  return { video, verdict };
};

const second = await settle(teaser);
console.log('the teaser is in:', second.verdict);
const paused = await run();
assert.equal(paused.rawFinishReason, PENDING);
assert.equal(server.requests.length, 1, 'one result is in, one is not: the run waits and no model is called');
console.log('run again: still waiting for', (await later.pending(scope)).map(({ handle }) => handle).join(', '));

const first = await settle(film);
console.log('the film is in:', first.verdict);
const { text } = await run();

console.log('\nwhat the model was sent, the second and last time:');
for (const line of asLines(seen.at(-1) ?? assert.fail())) console.log(`  ${line}`);

assert.equal(server.requests.length, 2);
const inOrderOfTheCalls = [first.video, { city: 'Oslo', celsius: 14 }, second.video];
assert.equal(text, inOrderOfTheCalls.map((output) => JSON.stringify(output)).join(' '), 'each result at its own call');

await server.close();
