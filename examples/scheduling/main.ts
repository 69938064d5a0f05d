// When does a result enter that lands while a generation is running? Three results land while a sync tool of the
// running generation executes, a fourth after it; each says for itself how urgent it is.
//
//   interrupt   enters at the next step of the running generation
//   when-idle   enters with the first step of the next run, which the app starts for it
//   silent      enters with the next model call that there is anyway; no run is started for it
//
//   node examples/scheduling/main.ts
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createOpenAI } from '@ai-sdk/openai';
import { asyncTool, createLatecall } from '@latecall/ai-sdk';
import { startOpenAIServer } from '@latecall/testing';
import { generateText, type ModelMessage, tool } from 'ai';
import { z } from 'zod';
import { toolResults } from '../shared/read-view.ts';

// The model gives its orders, plans the route in its second step, and from then on repeats what it is newly told.
const server = await startOpenAIServer({
  model: (view) => {
    const results = toolResults(view);
    if (results.length === 0) {
      return {
        toolCalls: [
          { name: 'watchTraffic', arguments: { road: 'A61' } },
          { name: 'printSlides', arguments: { copies: 20 } },
          { name: 'backUp', arguments: { disk: 'home' } },
          { name: 'backUp', arguments: { disk: 'archive' } },
        ],
      };
    }
    if (!results.some(({ name }) => name === 'planRoute')) {
      return { toolCalls: [{ name: 'planRoute', arguments: { to: 'Bonn' } }] };
    }
    const told = view.messages.at(-1)?.toolResults ?? [];
    return { text: told.map(({ output }) => JSON.stringify(output)).join(' ') };
  },
});
const openai = createOpenAI({ baseURL: server.baseURL, apiKey: 'local' });

// The outside: its orders, by name, and what it will say of them; nobody else knows that before.
const orders = new Map<string, string>();
const traffic = { jam: randomUUID() };
const slides = { shelf: randomUUID() };
const homeBackup = { snapshot: randomUUID() };
const archiveBackup = { snapshot: randomUUID() };

const watchTraffic = asyncTool({
  description: 'Hear of the next jam on a road',
  inputSchema: z.object({ road: z.string() }),
  resultSchema: z.object({ jam: z.uuid() }),
  dispatch: ({ road }, { id }) => {
    orders.set('traffic', id);
    return { watching: road };
  },
  scheduling: 'interrupt',
});
const printSlides = asyncTool({
  description: 'Have the slides printed',
  inputSchema: z.object({ copies: z.number() }),
  resultSchema: z.object({ shelf: z.uuid() }),
  dispatch: ({ copies }, { id }) => {
    orders.set('slides', id);
    return { queued: copies };
  },
  scheduling: 'when-idle', // the default
});
const backUp = asyncTool({
  description: 'Back up a disk',
  inputSchema: z.object({ disk: z.string() }),
  resultSchema: z.object({ snapshot: z.uuid() }),
  dispatch: ({ disk }, { id }) => {
    orders.set(`${disk} backup`, id);
    return { started: disk };
  },
  scheduling: 'silent',
});
const slowTools = { watchTraffic, printSlides, backUp };

const later = createLatecall();
const scope = { thread: 'chat-1' };

/** The outside reports back on an order. */
const report = async (order: string, result: unknown) => {
  const id = orders.get(order) ?? assert.fail(`${order} was never ordered`);
  const { verdict } = await later.settle({ id, outcome: { status: 'completed', result }, tools: slowTools, scope });
  assert.equal(verdict, 'accepted');
  console.log(`landed     ${order} ${JSON.stringify(result)}`);
};
/** The results that the app starts a run for: they are in, no model was told, and they are not silent. */
const worthARun = async () => {
  const untold = await later.store.list(scope, { consumed: false });
  const worth = untold.filter(({ status, scheduling }) => status === 'completed' && scheduling !== 'silent');
  return worth.map(({ toolName }) => toolName);
};

// A plain tool. While it executes, three results land.
const planRoute = tool({
  description: 'Plan a route',
  inputSchema: z.object({ to: z.string() }),
  execute: async ({ to }) => {
    await report('slides', slides);
    await report('home backup', homeBackup);
    await report('traffic', traffic);
    return { to, minutes: 50 };
  },
});

const agent = later.wrap({ model: openai('gpt-5'), tools: { ...slowTools, planRoute }, scope, mode: 'continue' });
const messages: ModelMessage[] = [];
const run = async () => {
  const { text, responseMessages, steps } = await generateText({ ...agent, messages });
  messages.push(...responseMessages);
  console.log(`assistant  ${text}   (step ${steps.length} of its run)`);
  return { text, steps: steps.length };
};

// 1. The generation goes on with what may enter it.
messages.push({ role: 'user', content: 'Get me to Bonn with twenty copies of the slides, and save my disks.' });
const { text, steps } = await run();
assert.equal(steps, 3, 'orders, route, answer: the step that told the results was not an extra one');
assert.ok(text.includes(traffic.jam), 'interrupt: at the next step of the running generation');
assert.ok(text.includes(homeBackup.snapshot), 'silent: that step was there anyway');
assert.ok(!text.includes(slides.shelf), 'when-idle: not while a generation is running');

// 2. It is over, and one result is worth another run.
assert.deepEqual(await worthARun(), ['printSlides']);
assert.equal((await run()).text, JSON.stringify(slides), 'when-idle: with the next run');

// 3. Nothing runs for a silent result. The user speaks some time, and it is told along with that.
await report('archive backup', archiveBackup);
assert.deepEqual(await worthARun(), []);
messages.push({ role: 'user', content: 'I am leaving now.' });
assert.equal((await run()).text, JSON.stringify(archiveBackup), 'silent: with the next words of the user');

assert.deepEqual(await later.pending(scope), []);
assert.equal(server.requests.length, 5);

await server.close();
