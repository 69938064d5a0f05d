// An agent inside a plain tool of another agent, and the inner one has to wait. The outer agent has a checkpointer, so
// the whole run is interrupted, down through the tool; resumed with the result, it goes on where it was. Then the wrong
// way: without a checkpointer the inner agent's end would be read as its answer, and that is an error.
//
//   node examples/langchain-supervisor/main.ts
import assert from 'node:assert/strict';
import { ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { Command, MemorySaver } from '@langchain/langgraph';
import { ChatOpenAI } from '@langchain/openai';
import { asyncFunctionRequests, asyncTool, createAsyncFunctionResponse, createLatecall } from '@latecall/langchain';
import { startOpenAIServer } from '@latecall/testing';
import { createAgent } from 'langchain';
import { z } from 'zod';
import { quote, toolResults } from '../shared/read-view.ts';
import { createRenderFarm } from '../shared/render-farm.ts';

// Two models: the supervisor has a director make the film, the director has it rendered.
const supervisorServer = await startOpenAIServer({
  model: (view) =>
    toolResults(view).length === 0
      ? { toolCalls: [{ name: 'makeFilm', arguments: { idea: 'A cat plays chess' } }] }
      : { text: `The director says: ${quote(view, 'makeFilm')}` },
});
const directorServer = await startOpenAIServer({
  model: (view) =>
    toolResults(view).length === 0
      ? { toolCalls: [{ name: 'renderVideo', arguments: { script: 'Queen takes mouse' } }] }
      : { text: `The film is in the can: ${quote(view, 'renderVideo')}` },
});
const modelAt = (baseURL: string) => new ChatOpenAI({ model: 'gpt-5', apiKey: 'local', configuration: { baseURL } });

const farm = createRenderFarm();
const later = createLatecall();

// The inner agent. It needs no checkpointer of its own: LangGraph keeps its state in the outer one's.
const renderVideo = asyncTool({
  name: 'renderVideo',
  description: 'Render a video from a script',
  inputSchema: z.object({ script: z.string() }),
  resultSchema: z.object({ url: z.url() }),
  dispatch: ({ script }, { idempotencyKey }) => farm.submit({ key: idempotencyKey, script }),
});
const directorTools = [renderVideo];
const director = createAgent({ model: modelAt(directorServer.baseURL), ...later.wrap({ tools: directorTools }) });

// A plain tool: what the director says at last is its result. When the run is resumed, LangGraph calls the tool again
// from its first line, and the director goes on where it was.
const makeFilm = tool(
  async ({ idea }) => {
    const { messages } = await director.invoke({ messages: [{ role: 'user', content: `Make a film: ${idea}` }] });
    return messages.at(-1)?.text ?? '';
  },
  { name: 'makeFilm', description: 'Have a director make a film', schema: z.object({ idea: z.string() }) },
);
const model = modelAt(supervisorServer.baseURL);
const supervisor = createAgent({ model, tools: [makeFilm], checkpointer: new MemorySaver() });

const thread = { configurable: { thread_id: 'chat-1' } };
const question = { role: 'user', content: 'I want a film about a cat that plays chess.' };

const state = await supervisor.invoke({ messages: [question] }, thread);
const [request] = asyncFunctionRequests(state, directorTools);
assert.ok(request !== undefined, 'the supervisor is interrupted, since the director waits');
console.log(`pending     ${request.handle} (${request.dispatchResult.jobId})`);

// The farm is done: the run goes on inside the director, and then in the supervisor.
const result = await farm.whenDone(request.dispatchResult.jobId);
console.log(`farm        ${JSON.stringify(result)}`);
const response = createAsyncFunctionResponse({ request, result });
const resume = await later.asyncFunctionResponseMessages(response);
const { messages } = await supervisor.invoke(new Command({ resume }), thread);
const answer = messages.at(-1)?.text ?? '';
console.log(`supervisor  ${answer}`);

assert.ok(answer.includes(result.url), 'through both agents: the link that only the farm knew');
assert.deepEqual(farm.scripts, ['Queen takes mouse'], 'dispatched once');
assert.deepEqual([supervisorServer.requests.length, directorServer.requests.length], [2, 2]);
assert.ok(
  !JSON.stringify(supervisorServer.requests).includes('Queen'),
  'the supervisor never saw what the director did',
);

// The wrong way: nothing above the director can be interrupted, so the tool fails.
console.log('\nthe wrong way');
const unprepared = createAgent({ model, tools: [makeFilm] });
const wrong = await unprepared.invoke({ messages: [question] }, { configurable: { thread_id: 'chat-2' } });
const failed = wrong.messages.find((message) => ToolMessage.isInstance(message));
assert.ok(failed !== undefined);
console.log(`error       ${failed.text}`);
const told = wrong.messages.at(-1)?.text ?? '';
console.log(`supervisor  ${told}`);

assert.equal(failed.status, 'error');
assert.match(failed.text, /^PendingError: .* with a checkpointer/, 'it says what is missing');
assert.match(told, /PendingError/, 'the supervisor is told of an error, not of an empty film');

await supervisorServer.close();
await directorServer.close();
