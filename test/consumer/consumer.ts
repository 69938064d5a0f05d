// Uses the packed packages as an app would: only their published types and their emitted JavaScript.
// It throws where something is not as it should be; a new dependency goes into the package.json beside it.
import { createOpenAI } from '@ai-sdk/openai';
import {
  asyncFunctionOutcomes,
  asyncFunctionRequests,
  asyncTool,
  createAsyncFunctionResponse,
  createLatecall,
  type InferAsyncFunctionResult,
  LatecallError,
} from '@latecall/ai-sdk';
import { createMemoryStore, isAsyncFunctionRequest } from '@latecall/core';
import { startOpenAIServer } from '@latecall/testing';
import { generateText, type ModelMessage, streamText } from 'ai';
import { z } from 'zod';

const server = await startOpenAIServer({
  model: [{ toolCalls: [{ name: 'render', arguments: { script: 'a' } }] }, { text: 'It is at nonce-1.' }],
});
const openai = createOpenAI({ baseURL: server.baseURL, apiKey: 'local' });

const render = asyncTool({
  inputSchema: z.object({ script: z.string() }),
  resultSchema: z.object({ url: z.string() }),
  dispatch: ({ script }) => ({ jobId: `job of ${script}` }),
  deadline: '15m',
});

const later = createLatecall({ store: createMemoryStore() });
const agent = later.wrap({ model: openai('gpt-5'), tools: { render }, scope: { thread: 'consumer' } });
const messages: ModelMessage[] = [{ role: 'user', content: 'Render a.' }];

const first = await generateText({ ...agent, messages });
messages.push(...first.responseMessages);
for (const result of first.toolResults) {
  // @ts-expect-error a receipt is not a result
  if (result.dynamic !== true) result.output.url;
}

const requests = asyncFunctionRequests(messages, agent.tools);
const [request] = requests;
check(requests.length === 1 && request !== undefined && isAsyncFunctionRequest(request), 'one request is open');
check(request.dispatchResult.jobId === 'job of a', 'the request carries the receipt');

const result: InferAsyncFunctionResult<typeof render> = { url: 'nonce-1' };
messages.push(await later.asyncFunctionResponseMessage(createAsyncFunctionResponse({ request, result })));
const second = streamText({ ...agent, messages });
messages.push(...(await second.responseMessages));
check((await second.text) === 'It is at nonce-1.', 'the conversation goes on with the result');

const [told] = asyncFunctionOutcomes(messages, agent.tools);
check(told?.outcome.status === 'completed' && told.outcome.result.url === 'nonce-1', 'the outcome was told');

const late = await later.settle({ id: request.id, outcome: { status: 'completed', result }, tools: agent.tools });
check(late.verdict === 'duplicate', 'the same result again is a duplicate');
check(!LatecallError.isInstance(new Error('other')), 'other errors are not ours');

await server.close();
console.log('The packed packages work.');

function check(ok: boolean, what: string): asserts ok {
  if (!ok) throw new Error(`Not so: ${what}.`);
}
