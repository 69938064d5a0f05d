import { generateText, hasToolCall, isStepCount, type ModelMessage, streamText, ToolLoopAgent, tool } from 'ai';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { answerAll, callOf, completed, createRender, scriptedModel, textOf } from '../test/fixtures.ts';
import { asyncFunctionRequests, createLatecall, PENDING, PendingError } from './index.ts';

const scope = { thread: 'thread-1' };
const ask: ModelMessage[] = [{ role: 'user', content: 'Render a.' }];

describe('the app’s own settings', () => {
  it('pauses although the app puts its own stopWhen after the spread', async () => {
    const { render } = createRender();
    const model = scriptedModel([callOf('render', { script: 'a' })], [textOf('phantom')]);
    const agent = createLatecall().wrap({ model, tools: { render }, scope });
    const result = await generateText({ ...agent, messages: ask, stopWhen: isStepCount(5) });
    expect(model.doGenerateCalls).toHaveLength(1);
    expect(result.rawFinishReason).toBe(PENDING);
    expect(asyncFunctionRequests(result.responseMessages)).toHaveLength(1);
  });

  it('pauses although the app puts its own prepareStep after the spread', async () => {
    const { render } = createRender();
    const model = scriptedModel([callOf('render', { script: 'a' })], [textOf('phantom')]);
    const agent = createLatecall().wrap({ model, tools: { render }, scope });
    const result = streamText({ ...agent, messages: ask, stopWhen: isStepCount(5), prepareStep: () => ({}) });
    await result.consumeStream();
    expect(model.doStreamCalls).toHaveLength(1);
    expect(await result.rawFinishReason).toBe(PENDING);
  });

  it('ends a run that rests in mode continue with the step that made the call', async () => {
    const { render } = createRender();
    const later = createLatecall();
    const model = scriptedModel(
      [callOf('render', { script: 'a' })],
      [textOf('On its way.')],
      [callOf('render', { script: 'b' })],
    );
    const agent = later.wrap({ model, tools: { render }, scope, mode: 'continue' });
    const messages = [...ask];
    messages.push(...(await generateText({ ...agent, messages })).responseMessages);
    await answerAll(later, messages, completed('u'));
    const woken = await generateText({ ...agent, messages });
    expect(woken.steps).toHaveLength(1);
    expect(woken.finishReason).toBe('tool-calls');
    expect(asyncFunctionRequests([...messages, ...woken.responseMessages])).toHaveLength(1);
  });

  it('keeps the app’s stopWhen beside its own', async () => {
    const { render } = createRender();
    const weather = tool({ inputSchema: z.object({}), execute: () => 'clear' });
    const model = scriptedModel([callOf('weather', {})], [textOf('never asked')]);
    const agent = createLatecall().wrap({ model, tools: { render, weather }, scope, stopWhen: hasToolCall('weather') });
    const result = await generateText({ ...agent, messages: ask });
    expect(result.steps).toHaveLength(1);
  });

  it('goes on for 20 steps where the app does not say when to stop', async () => {
    const weather = tool({ inputSchema: z.object({}), execute: () => 'clear' });
    const model = scriptedModel(...Array.from({ length: 25 }, () => [callOf('weather', {})]));
    const agent = createLatecall().wrap({ model, tools: { weather }, scope });
    const result = await generateText({ ...agent, messages: ask });
    expect(result.steps).toHaveLength(20);
  });

  it('wraps a model that the app’s prepareStep returns', async () => {
    const { render } = createRender();
    const later = createLatecall();
    const model = scriptedModel([callOf('render', { script: 'a' })]);
    const second = scriptedModel([textOf('done')]);
    const prepareStep = () => ({ model: second });
    const messages = [...ask];
    const first = await generateText({ ...later.wrap({ model, tools: { render }, scope }), messages });
    messages.push(...first.responseMessages);
    await answerAll(later, messages, completed('u'));
    const agent = later.wrap({ model, tools: { render }, scope, prepareStep });
    const result = await generateText({ ...agent, messages });
    expect(result.text).toBe('done');
    expect(JSON.stringify(second.doGenerateCalls[0]?.prompt)).not.toContain('latecall');
  });

  it('works in a ToolLoopAgent', async () => {
    const { render, dispatched } = createRender();
    const later = createLatecall();
    const model = scriptedModel([callOf('render', { script: 'a' })], [textOf('done')]);
    const agent = new ToolLoopAgent({ ...later.wrap({ model, tools: { render }, scope }), instructions: 'Be brief.' });
    const messages = [...ask];
    messages.push(...(await agent.generate({ messages })).responseMessages);
    await answerAll(later, messages, completed('u'));
    expect((await agent.generate({ messages })).text).toBe('done');
    expect(dispatched).toEqual(['a']);
  });

  it('throws with the ids of what is missing where the app is strict', async () => {
    const { render } = createRender();
    const model = scriptedModel([callOf('render', { script: 'a' })]);
    const agent = createLatecall().wrap({ model, tools: { render }, scope, strict: true });
    const first = await generateText({ ...agent, messages: ask });
    const [request] = asyncFunctionRequests(first.responseMessages);
    const again = generateText({ ...agent, messages: [...ask, ...first.responseMessages] });
    await expect(again).rejects.toThrow(PendingError);
    await expect(again).rejects.toMatchObject({ ids: [request?.id] });
  });
});

describe('models by id', () => {
  afterEach(() => {
    globalThis.AI_SDK_DEFAULT_PROVIDER = undefined;
  });

  it('resolves an id with the AI SDK’s default provider', async () => {
    const model = scriptedModel([textOf('hello')]);
    globalThis.AI_SDK_DEFAULT_PROVIDER = {
      languageModel: () => model,
    } as unknown as typeof globalThis.AI_SDK_DEFAULT_PROVIDER;
    const agent = createLatecall().wrap({ model: 'some/model', tools: {}, scope });
    expect((await generateText({ ...agent, messages: ask })).text).toBe('hello');
  });

  it('refuses an id that the provider does not know', () => {
    globalThis.AI_SDK_DEFAULT_PROVIDER = {
      languageModel: () => undefined,
    } as unknown as typeof globalThis.AI_SDK_DEFAULT_PROVIDER;
    expect(() => createLatecall().wrap({ model: 'some/model', tools: {}, scope })).toThrow(
      'The model id "some/model" could not be resolved',
    );
  });
});

describe('scope', () => {
  it('refuses a scope without a thread', () => {
    expect(() => createLatecall().wrap({ model: scriptedModel(), tools: {}, scope: { thread: '' } })).toThrow(
      'scope.thread must be a non-empty string',
    );
  });

  it('says what to do with an async tool that was not wrapped', async () => {
    const { render } = createRender();
    const model = scriptedModel([callOf('render', { script: 'a' })], [textOf('It failed.')]);
    const result = await generateText({ model, tools: { render }, messages: ask });
    const [part] = result.content.filter(({ type }) => type === 'tool-error');
    expect(String((part as { error: unknown }).error)).toContain('Spread wrap({ model, tools, scope })');
  });
});
