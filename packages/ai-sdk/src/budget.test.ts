import { generateText, isStepCount, type ModelMessage, streamText, ToolLoopAgent, tool } from 'ai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { callOf, createRender, scriptedModel, textOf } from '../test/fixtures.ts';
import { createBudget, createLatecall, EXHAUSTED, PENDING } from './index.ts';

const scope = { thread: 'thread-1' };
const ask: ModelMessage[] = [{ role: 'user', content: 'The weather, please.' }];
const weather = tool({ inputSchema: z.object({}), execute: () => 'clear' });

/** A model that would call for ever. */
const restless = () => scriptedModel(...Array.from({ length: 5 }, () => [callOf('weather', {})]));

describe('a run whose budget is spent when it begins', () => {
  it('ends generateText with a reason of its own, an empty text and no messages', async () => {
    const model = restless();
    const budget = createBudget({ turns: 1, spent: { turns: 1, ms: 0 } });
    const agent = createLatecall().wrap({ model, tools: { weather }, scope, budget });
    const result = await generateText({ ...agent, messages: ask });
    expect(model.doGenerateCalls).toHaveLength(0);
    expect([result.finishReason, result.rawFinishReason]).toEqual(['other', EXHAUSTED]);
    expect([result.text, result.responseMessages, result.steps.length]).toEqual(['', [], 1]);
    expect(result.usage.totalTokens).toBe(0);
    expect(budget.spent()).toEqual({ turns: 1, ms: 0 });
  });

  it('ends streamText the same way', async () => {
    const model = restless();
    const budget = createBudget({ turns: 1, spent: { turns: 1, ms: 0 } });
    const agent = createLatecall().wrap({ model, tools: { weather }, scope, budget });
    const result = streamText({ ...agent, messages: ask });
    await result.consumeStream();
    expect(model.doStreamCalls).toHaveLength(0);
    expect([await result.finishReason, await result.rawFinishReason]).toEqual(['other', EXHAUSTED]);
    expect([await result.text, await result.responseMessages]).toEqual(['', []]);
  });

  it('is no error where waiting would be one', async () => {
    const budget = createBudget({ turns: 0 });
    const agent = createLatecall().wrap({
      model: restless(),
      tools: { weather },
      scope,
      budget,
      strict: true,
      nested: true,
    });
    expect((await generateText({ ...agent, messages: ask })).rawFinishReason).toBe(EXHAUSTED);
  });
});

describe('a budget that is spent in the middle of a run', () => {
  it('ends a ToolLoopAgent behind the step, with what its tools gave', async () => {
    const model = restless();
    const budget = createBudget({ turns: 2 });
    const agent = new ToolLoopAgent(createLatecall().wrap({ model, tools: { weather }, scope, budget }));
    const result = await agent.generate({ messages: ask });
    expect(model.doGenerateCalls).toHaveLength(2);
    expect([result.finishReason, result.steps.length]).toEqual(['tool-calls', 2]);
    expect(result.toolResults.map(({ output }) => output)).toEqual(['clear', 'clear']);
    expect(budget.spent().turns).toBe(2);
  });

  it('holds although the app puts its own stopWhen after the spread', async () => {
    const model = restless();
    const budget = createBudget({ turns: 2 });
    const agent = createLatecall().wrap({ model, tools: { weather }, scope, budget });
    const result = await generateText({ ...agent, messages: ask, stopWhen: isStepCount(5) });
    expect(model.doGenerateCalls).toHaveLength(2);
    expect(result.rawFinishReason).toBe(EXHAUSTED);
  });

  it('says that the run waits, where it waits', async () => {
    const { render } = createRender();
    const model = scriptedModel([callOf('render', { script: 'a' })], [textOf('phantom')]);
    const later = createLatecall();
    const budget = createBudget({ turns: 1 });
    const agent = later.wrap({ model, tools: { render }, scope, budget });
    const messages = [...ask];
    messages.push(...(await generateText({ ...agent, messages })).responseMessages);
    const waiting = await generateText({ ...agent, messages });
    expect(waiting.rawFinishReason).toBe(PENDING);
    expect(model.doGenerateCalls).toHaveLength(1);
  });

  it('is shared by the runs of a conversation that are given the same object', async () => {
    const model = scriptedModel([textOf('one')], [textOf('two')], [textOf('three')]);
    const later = createLatecall();
    const budget = createBudget({ turns: 2 });
    const say = () => generateText({ ...later.wrap({ model, tools: { weather }, scope, budget }), messages: ask });
    const texts = [(await say()).text, (await say()).text, (await say()).text];
    expect(texts).toEqual(['one', 'two', '']);
  });
});
