import { generateText, type ModelMessage, streamText, tool } from 'ai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { callOf, completed, createRender, scriptedModel, textOf } from '../test/fixtures.ts';
import type { CallOptions, Model } from './host-types.ts';
import {
  asyncFunctionRequests,
  createBudget,
  createLatecall,
  createMemoryStore,
  EXHAUSTED,
  type TaskStore,
} from './index.ts';

const scope = { thread: 'thread-1' };
const ask: ModelMessage[] = [{ role: 'user', content: 'The weather, please.' }];
const weather = tool({ inputSchema: z.object({}), execute: () => 'clear' });
const tools = { weather };

const prompt: CallOptions['prompt'] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: [{ type: 'text', text: 'The weather, please.' }] },
  { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'call_1', toolName: 'weather', input: {} }] },
  {
    role: 'tool',
    content: [
      { type: 'tool-result', toolCallId: 'call_1', toolName: 'weather', output: { type: 'text', value: 'clear' } },
    ],
  },
];

/** A memory store that says what it was asked. */
function createSpiedStore() {
  const asked: string[] = [];
  const store = new Proxy(createMemoryStore(), {
    get: (target, name: keyof TaskStore) => {
      asked.push(name);
      return target[name];
    },
  });
  return { store, asked };
}

/** A render in the conversation, called by a run with other tools; `settle` brings its result. */
async function dispatchElsewhere(later = createLatecall()) {
  const { render } = createRender();
  const model = scriptedModel([callOf('render', { script: 'a' })]);
  const messages: ModelMessage[] = [{ role: 'user', content: 'Render a.' }];
  const first = await generateText({ ...later.wrap({ model, tools: { render }, scope }), messages });
  const [request] = asyncFunctionRequests(first.responseMessages);
  const settle = () =>
    later.settle({ id: request?.id ?? '', outcome: completed('https://u'), scope, tools: { render } });
  return { later, settle, history: [...messages, ...first.responseMessages] };
}

describe('a conversation that Latecall has nothing to do with', () => {
  it('gives the model the very prompt of the host', async () => {
    const model = scriptedModel([textOf('clear')], [textOf('clear')]);
    const wrapped = createLatecall().wrap({ model, tools, scope }).model as Model;
    await wrapped.doGenerate({ prompt });
    await wrapped.doStream({ prompt });
    expect(model.doGenerateCalls[0]?.prompt).toBe(prompt);
    expect(model.doStreamCalls[0]?.prompt).toBe(prompt);
  });

  it('gives the model what the bare host gives it', async () => {
    const [bare, ours] = [scriptedModel([textOf('clear')]), scriptedModel([textOf('clear')])];
    await generateText({ model: bare, tools, messages: ask });
    await generateText({ ...createLatecall().wrap({ model: ours, tools, scope }), messages: ask });
    expect(ours.doGenerateCalls).toStrictEqual(bare.doGenerateCalls);
  });

  it('asks the store once for each model call, and for nothing but what is untold', async () => {
    const { store, asked } = createSpiedStore();
    const model = scriptedModel([callOf('weather', {})], [textOf('clear')]);
    await generateText({ ...createLatecall({ store }).wrap({ model, tools, scope }), messages: ask });
    expect(model.doGenerateCalls).toHaveLength(2);
    expect(asked).toEqual(['list', 'list']);
  });

  it('is not reported as a turn', async () => {
    const events: string[] = [];
    const later = createLatecall({ audit: ({ type }) => void events.push(type) });
    const model = scriptedModel([callOf('weather', {})], [textOf('clear')]);
    await generateText({ ...later.wrap({ model, tools, scope }), messages: ask });
    expect(events).toEqual([]);
  });

  it('counts against a budget', async () => {
    const model = scriptedModel([callOf('weather', {})], [textOf('never asked')]);
    const budget = createBudget({ turns: 1 });
    const agent = createLatecall().wrap({ model, tools, scope, budget });
    expect((await generateText({ ...agent, messages: ask })).steps).toHaveLength(1);
    expect((await generateText({ ...agent, messages: ask })).rawFinishReason).toBe(EXHAUSTED);
    expect([budget.spent().turns, model.doGenerateCalls.length]).toEqual([1, 1]);
  });
});

describe('options of ours', () => {
  it('reach no provider, and those of the app do', async () => {
    const model = scriptedModel([textOf('clear')]);
    const agent = createLatecall().wrap({ model, tools, scope });
    await generateText({ ...agent, messages: ask, providerOptions: { openai: { store: false } } });
    expect(model.doGenerateCalls[0]?.providerOptions).toEqual({ openai: { store: false } });
  });
});

describe('a conversation without async tools, with something of ours in it', () => {
  it('tells a result that came for a call of another tool set', async () => {
    const { later, settle } = await dispatchElsewhere();
    await settle();
    const model = scriptedModel([textOf('It is there.')]);
    const { responseMessages } = await generateText({ ...later.wrap({ model, tools, scope }), messages: ask });
    expect(JSON.stringify(model.doGenerateCalls[0]?.prompt)).toContain('https://u');
    expect(JSON.stringify(responseMessages)).toContain('latecall.response');
  });

  it('tells it in a stream', async () => {
    const { later, settle } = await dispatchElsewhere();
    await settle();
    const model = scriptedModel([textOf('It is there.')]);
    await streamText({ ...later.wrap({ model, tools, scope }), messages: ask }).consumeStream();
    expect(JSON.stringify(model.doStreamCalls[0]?.prompt)).toContain('https://u');
  });

  it('shows its calls as they are, and nothing of ours', async () => {
    const { later, settle, history } = await dispatchElsewhere();
    await settle();
    const told = scriptedModel([textOf('It is there.')], [textOf('clear')]);
    const agent = later.wrap({ model: told, tools, scope });
    const first = await generateText({ ...agent, messages: history });
    await generateText({ ...agent, messages: [...history, ...first.responseMessages, ...ask] });
    const sent = told.doGenerateCalls.map((call) => JSON.stringify(call.prompt));
    expect(sent).toHaveLength(2);
    for (const body of sent) {
      expect(body).toContain('https://u');
      expect(body).not.toContain('latecall');
    }
  });

  it('shows nothing of ours where only an answer is left of it', async () => {
    const { later, settle, history } = await dispatchElsewhere();
    await settle();
    const model = scriptedModel([textOf('It is there.')], [textOf('clear')]);
    const agent = later.wrap({ model, tools, scope });
    const { responseMessages } = await generateText({ ...agent, messages: history });
    expect(JSON.stringify(responseMessages)).toContain('latecall');
    await generateText({ ...agent, messages: [...responseMessages, ...ask] });
    expect(JSON.stringify(model.doGenerateCalls[1]?.prompt)).not.toContain('latecall');
  });
});
