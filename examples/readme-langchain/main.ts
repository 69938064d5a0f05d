// The usage with LangChain that README.md shows, word for word, run against a local strict model.
// Run: node examples/readme-langchain/main.ts
import assert from 'node:assert/strict';
import { ChatOpenAI } from '@langchain/openai';
import { startOpenAIServer } from '@latecall/testing';

const server = await startOpenAIServer({
  model: [
    { toolCalls: [{ name: 'render_video', arguments: { script: 'A cat learns to sail.' } }] },
    { text: 'Your video is at https://videos.example/nonce-7f3a.' },
  ],
});
const model = new ChatOpenAI({ model: 'gpt-5', apiKey: 'local', configuration: { baseURL: server.baseURL } });
const renderFarm = {
  submit: async (job: { script: string; idempotencyKey: string }) => ({ jobId: `job for ${job.script}` }),
};
const settleOutside = async () => ({ url: 'https://videos.example/nonce-7f3a' });

// #region usage
import { MemorySaver } from '@langchain/langgraph';
import { asyncFunctionRequests, asyncTool, createAsyncFunctionResponse, createLatecall } from '@latecall/langchain';
import { createAgent } from 'langchain';
import { z } from 'zod';

const renderVideo = asyncTool({
  name: 'render_video',
  description: 'Render a video from a script',
  inputSchema: z.object({ script: z.string() }),
  resultSchema: z.object({ url: z.url() }),
  dispatch: ({ script }, { idempotencyKey }) => renderFarm.submit({ script, idempotencyKey }), // the receipt
  deadline: '15m',
});

const later = createLatecall();
const tools = [renderVideo];
const agent = createAgent({ model, ...later.wrap({ tools }), checkpointer: new MemorySaver() });
const thread = { configurable: { thread_id: 'chat-1' } };

let state = await agent.invoke({ messages: [{ role: 'user', content: 'Render a cat that learns to sail.' }] }, thread);
for (const request of asyncFunctionRequests(state, tools)) {
  const answer = await settleOutside(); // minutes or days later
  const response = createAsyncFunctionResponse({ request, result: answer });
  state = await agent.invoke({ messages: await later.asyncFunctionResponseMessages(response) }, thread);
}
console.log(state.messages.at(-1)?.text);
// #endregion usage

assert.match(String(state.messages.at(-1)?.text), /nonce-7f3a/);
await server.close();
