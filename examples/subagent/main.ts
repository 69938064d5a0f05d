// An agent inside a tool of another agent, and the inner one has to wait. The tool is an asyncTool: its dispatch starts
// the inner agent, and what that comes to is its result, however long it takes. Then the wrong way: in a plain tool the
// inner agent's end would be read as its answer, and `nested: true` makes that an error.
//
//   node examples/subagent/main.ts
import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import { asyncFunctionRequests, asyncTool, createLatecall, PendingError } from '@latecall/ai-sdk';
import { startOpenAIServer } from '@latecall/testing';
import { generateText, type ModelMessage, tool } from 'ai';
import { z } from 'zod';
import { quote, toolResults } from '../shared/read-view.ts';
import { createRenderFarm } from '../shared/render-farm.ts';

// Two models: the producer has a director make the film, the director has it rendered.
const producerServer = await startOpenAIServer({
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
const producer = createOpenAI({ baseURL: producerServer.baseURL, apiKey: 'local' })('gpt-5');
const director = createOpenAI({ baseURL: directorServer.baseURL, apiKey: 'local' })('gpt-5');

const farm = createRenderFarm();
const later = createLatecall();

// The inner agent. Each of its conversations has a thread and messages of its own, and one outer task to settle.
const renderVideo = asyncTool({
  description: 'Render a video from a script',
  inputSchema: z.object({ script: z.string() }),
  resultSchema: z.object({ url: z.url() }),
  dispatch: ({ script }, { idempotencyKey }) => farm.submit({ key: idempotencyKey, script }),
});
const directorTools = { renderVideo };

interface Shooting {
  readonly outerId: string;
  readonly messages: ModelMessage[];
}
const shootings = new Map<string, Shooting>();

/** Runs an inner conversation as far as it gets; at its end, what it comes to is the result of the outer call. */
const direct = async (thread: string): Promise<void> => {
  const { outerId, messages } = shootings.get(thread) ?? assert.fail(`no shooting "${thread}"`);
  const agent = later.wrap({ model: director, tools: directorTools, scope: { thread } });
  const { text, responseMessages } = await generateText({ ...agent, messages });
  messages.push(...responseMessages);
  console.log(`director   ${text || 'waits for the video'}`);
  if ((await later.pending({ thread })).length > 0) return;
  await later.settle({ id: outerId, outcome: { status: 'completed', result: text }, tools: producerTools, scope });
};

// The outer agent. A dispatch may come twice with the same key: the inner conversation is started once.
const makeFilm = asyncTool({
  description: 'Have a director make a film',
  inputSchema: z.object({ idea: z.string() }),
  resultSchema: z.string(),
  dispatch: async ({ idea }, { id, idempotencyKey }) => {
    const thread = `film ${idempotencyKey}`;
    if (!shootings.has(thread)) {
      shootings.set(thread, { outerId: id, messages: [{ role: 'user', content: `Make a film: ${idea}` }] });
      await direct(thread);
    }
    return { thread };
  },
});
const producerTools = { makeFilm };
const scope = { thread: 'chat-1' };
const agent = later.wrap({ model: producer, tools: producerTools, scope });

const messages: ModelMessage[] = [{ role: 'user', content: 'I want a film about a cat that plays chess.' }];
const run = async () => {
  const { text, responseMessages } = await generateText({ ...agent, messages });
  messages.push(...responseMessages);
  console.log(`producer   ${text || 'waits for the director'}`);
  return text;
};

await run();
const [outer] = asyncFunctionRequests(messages, producerTools);
assert.ok(outer !== undefined, 'the producer waits');
const { thread } = outer.dispatchResult;
const [inner] = asyncFunctionRequests(shootings.get(thread)?.messages ?? [], directorTools);
assert.ok(inner !== undefined, 'because the director does');

// The farm is done: the inner conversation goes on to its end, and then the outer one.
const video = await farm.whenDone(inner.dispatchResult.jobId);
console.log(`farm       ${JSON.stringify(video)}`);
const outcome = { status: 'completed', result: video };
await later.settle({ id: inner.id, outcome, tools: directorTools, scope: { thread } });
await direct(thread);
const answer = await run();

assert.ok(answer.includes(video.url), 'through both agents: the link that only the farm knew');
assert.deepEqual([producerServer.requests.length, directorServer.requests.length], [2, 2]);
assert.ok(!JSON.stringify(producerServer.requests).includes('Queen'), 'the producer never saw what the director did');

// The wrong way: a plain tool that runs an agent which may wait.
console.log('\nthe wrong way');
const makeFilmNow = tool({
  description: 'Have a director make a film',
  inputSchema: z.object({ idea: z.string() }),
  execute: async ({ idea }) => {
    const nested = later.wrap({
      model: director,
      tools: directorTools,
      scope: { thread: `film ${idea}` },
      nested: true, // without it, this would return the empty text of a run that waits
    });
    return (await generateText({ ...nested, prompt: `Make a film: ${idea}` })).text;
  },
});
const wrong = later.wrap({ model: producer, tools: { makeFilm: makeFilmNow }, scope: { thread: 'chat-2' } });
const { steps, text } = await generateText({ ...wrong, prompt: 'I want a film about a cat that plays chess.' });

const [failed] = steps.flatMap(({ content }) => content.filter((part) => part.type === 'tool-error'));
assert.ok(PendingError.isInstance(failed?.error, 'pending'));
console.log(`error      ${failed.error.message}`);
console.log(`producer   ${text}`);
assert.match(text, /The run cannot go on/, 'the producer is told of an error, not of an empty film');

await producerServer.close();
await directorServer.close();
