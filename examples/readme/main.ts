// The usage that README.md shows, word for word, run against a local strict model.
// Run: node examples/readme/main.ts
import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import { startOpenAIServer } from '@latecall/testing';

const server = await startOpenAIServer({
  model: [
    { toolCalls: [{ name: 'renderVideo', arguments: { script: 'A cat learns to sail.' } }] },
    { text: 'Your video is at https://videos.example/nonce-7f3a.' },
  ],
});
const openai = createOpenAI({ baseURL: server.baseURL, apiKey: 'local' });
const renderFarm = {
  submit: async (job: { script: string; idempotencyKey: string }) => ({ jobId: `job for ${job.script}` }),
};
const settleOutside = async () => ({ url: 'https://videos.example/nonce-7f3a' });

// #region usage
import { asyncFunctionRequests, asyncTool, createAsyncFunctionResponse, createLatecall } from '@latecall/ai-sdk';
import { generateText, type ModelMessage } from 'ai';
import { z } from 'zod';

const renderVideo = asyncTool({
  description: 'Render a video from a script',
  inputSchema: z.object({ script: z.string() }),
  resultSchema: z.object({ url: z.url() }),
  dispatch: ({ script }, { idempotencyKey }) => renderFarm.submit({ script, idempotencyKey }), // the receipt
  deadline: '15m',
});

const later = createLatecall();
const agent = later.wrap({ model: openai('gpt-5'), tools: { renderVideo }, scope: { thread: 'chat-1' } });
const messages: ModelMessage[] = [{ role: 'user', content: 'Render a video of a cat that learns to sail.' }];

let result = await generateText({ ...agent, messages });
messages.push(...result.responseMessages);
for (const request of asyncFunctionRequests(messages, agent.tools)) {
  const answer = await settleOutside(); // minutes or days later
  const response = createAsyncFunctionResponse({ request, result: answer });
  messages.push(await later.asyncFunctionResponseMessage(response));
}
result = await generateText({ ...agent, messages });
console.log(result.text);
// #endregion usage

assert.match(result.text, /nonce-7f3a/);
await server.close();
