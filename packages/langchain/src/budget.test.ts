import { Command, INTERRUPT, MemorySaver } from '@langchain/langgraph';
import { createAgent } from 'langchain';
import { describe, expect, it } from 'vitest';
import { asks, calls, createWeather, done, playScene, says, thread } from '../test/fixtures.ts';
import { type Budget, createBudget } from './index.ts';

const restless = Array.from({ length: 3 }, (_, index) => calls(['weather', { city: `city ${index}` }]));

describe('a budget that is spent', () => {
  it('ends the run before its next model call, and every run after it', () =>
    playScene({ model: restless }, async (scene) => {
      const { weather, runs } = createWeather();
      const budget = createBudget({ turns: 2 });
      const agent = createAgent({
        model: scene.model,
        ...scene.later.wrap({ tools: [weather], budget: () => budget }),
      });
      const state = await agent.invoke({ messages: [asks('The weather everywhere.')] }, thread());
      expect(scene.server.requests).toHaveLength(2);
      expect([state.messages.at(-1)?.type, runs()]).toEqual(['tool', 2]); // what the last call asked for is done
      const again = await agent.invoke({ messages: [...state.messages, asks('Go on.')] }, thread());
      expect(again.messages.at(-1)?.text).toBe('Go on.');
      expect(scene.server.requests).toHaveLength(2);
      expect(budget.spent().turns).toBe(2);
    }));

  it('ends a streamed run, too', () =>
    playScene({ model: restless, streaming: true }, async (scene) => {
      const { weather } = createWeather();
      const budget = createBudget({ turns: 1 });
      const agent = createAgent({
        model: scene.model,
        ...scene.later.wrap({ tools: [weather], budget: () => budget }),
      });
      const stream = await agent.stream({ messages: [asks()] }, { ...thread(), streamMode: ['messages', 'updates'] });
      const nodes: string[] = [];
      for await (const [mode, chunk] of stream) if (mode === 'updates') nodes.push(...Object.keys(chunk));
      expect(nodes).toContain('tools');
      expect(scene.server.requests).toHaveLength(1);
    }));

  it('is each conversation’s own', () =>
    playScene({ model: [says('one'), says('two')] }, async (scene) => {
      const { weather } = createWeather();
      const budgets = new Map<string, Budget>();
      const budget = ({ thread: name }: { thread: string }) => {
        const known = budgets.get(name) ?? createBudget({ turns: 1 });
        budgets.set(name, known);
        return known;
      };
      const agent = createAgent({ model: scene.model, ...scene.later.wrap({ tools: [weather], budget }) });
      for (const name of ['a', 'b', 'a']) await agent.invoke({ messages: [asks()] }, thread(name));
      expect(scene.server.requests).toHaveLength(2);
      expect([...budgets.keys()]).toEqual(['a', 'b']);
    }));

  it('ends an interrupted run that is resumed: its results are kept, and told once there is more', () =>
    playScene({ model: [calls(['render', { script: 'a' }]), says('It is at u.')] }, async (scene) => {
      let budget = createBudget({ turns: 1 });
      const agent = createAgent({
        model: scene.model,
        ...scene.later.wrap({ tools: [scene.render()], whilePending: 'interrupt', budget: () => budget }),
        checkpointer: new MemorySaver(),
      });
      const paused = await agent.invoke({ messages: [asks()] }, thread());
      expect((paused as { [INTERRUPT]?: unknown[] })[INTERRUPT]).toHaveLength(1);
      const resume = await scene.answers(paused, done('u'));
      const ended = await agent.invoke(new Command({ resume }), thread());
      expect((ended as { [INTERRUPT]?: unknown[] })[INTERRUPT]).toBeUndefined();
      expect(scene.server.requests).toHaveLength(1);
      budget = createBudget({ turns: 2, spent: budget.spent() });
      const told = await agent.invoke({ messages: [] }, thread());
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(budget.spent().turns).toBe(2);
    }));

  it('gives a loop of your own no answer', () =>
    playScene({ model: [says('one')] }, async (scene) => {
      const { weather } = createWeather();
      const budget = createBudget({ turns: 1 });
      const scope = { thread: 'thread-1' };
      const { project } = scene.later.wrap({ tools: [weather], scope, budget: () => budget });
      const ask = () => project([asks()], (prompt) => scene.model.invoke(prompt));
      expect((await ask())?.text).toBe('one');
      expect(await ask()).toBeUndefined();
      expect(scene.server.requests).toHaveLength(1);
    }));
});
