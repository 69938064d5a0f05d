// As consumer.ts, with LangChain.
import { MemorySaver } from '@langchain/langgraph';
import { ChatOpenAI } from '@langchain/openai';
import {
  asyncFunctionOutcomes,
  asyncFunctionRequests,
  asyncTool,
  createAsyncFunctionResponse,
  createLatecall,
  type InferAsyncFunctionResult,
} from '@latecall/langchain';
import { startOpenAIServer } from '@latecall/testing';
import { createAgent } from 'langchain';
import { z } from 'zod';

const server = await startOpenAIServer({
  model: [{ toolCalls: [{ name: 'render', arguments: { script: 'a' } }] }, { text: 'It is at nonce-1.' }],
});
const model = new ChatOpenAI({ model: 'gpt-5', apiKey: 'local', configuration: { baseURL: server.baseURL } });

const render = asyncTool({
  name: 'render',
  inputSchema: z.object({ script: z.string() }),
  resultSchema: z.object({ url: z.string() }),
  dispatch: ({ script }) => ({ jobId: `job of ${script}` }),
  deadline: '15m',
});

const later = createLatecall();
const tools = [render];
const agent = createAgent({ model, ...later.wrap({ tools }), checkpointer: new MemorySaver() });
const thread = { configurable: { thread_id: 'consumer' } };

const paused = await agent.invoke({ messages: [{ role: 'user', content: 'Render a.' }] }, thread);
const [request] = asyncFunctionRequests(paused, tools);
check(request !== undefined, 'one request is open');
check(request.dispatchResult.jobId === 'job of a', 'the request carries the receipt');

const result: InferAsyncFunctionResult<typeof render> = { url: 'nonce-1' };
// @ts-expect-error a receipt is not a result
createAsyncFunctionResponse<InferAsyncFunctionResult<typeof render>>({ request, result: request.dispatchResult });
const response = createAsyncFunctionResponse({ request, result });
const told = await agent.invoke({ messages: await later.asyncFunctionResponseMessages(response) }, thread);
check(told.messages.at(-1)?.text === 'It is at nonce-1.', 'the conversation goes on with the result');

const [outcome] = asyncFunctionOutcomes(told, tools);
check(outcome?.outcome.status === 'completed' && outcome.outcome.result.url === 'nonce-1', 'the outcome was told');

await server.close();
console.log('The packed LangChain package works.');

function check(ok: boolean, what: string): asserts ok {
  if (!ok) throw new Error(`Not so: ${what}.`);
}
