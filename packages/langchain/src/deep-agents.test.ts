import type { BaseMessage } from '@langchain/core/messages';
import { Command, MemorySaver } from '@langchain/langgraph';
import type { ModelView } from '@latecall/testing';
import { createDeepAgent, type SubAgent } from 'deepagents';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asks, calls, done, playScene, type Scene, says, shown, thread } from '../test/fixtures.ts';
import { asyncFunctionRequests, asyncTool, PendingError } from './index.ts';

const renderA = calls(['render', { script: 'a' }]);

const renderB = calls(['render', { script: 'b' }]);

describe('createDeepAgent with async tools', () => {
  it('suspends without a checkpointer, and goes on with the messages of the app', () =>
    playScene({ model: [renderA, says('It is at u.')] }, async (scene) => {
      const agent = createDeepAgent({ model: scene.model, ...scene.later.wrap({ tools: [scene.render()] }) });
      const paused = await agent.invoke({ messages: [asks()] }, thread());
      expect(scene.request(paused).functionCall.name).toBe('render');
      const messages = [...paused.messages, ...(await scene.answers(paused, done('u')))];
      const told = await agent.invoke({ messages }, thread());
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(shown(scene.sent())).toEqual({ a: { url: 'u' } });
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('suspends with a checkpointer, and goes on with the response alone', () =>
    playScene({ model: [renderA, says('It is at u.')] }, async (scene) => {
      const wrapped = scene.later.wrap({ tools: [scene.render()] });
      const agent = createDeepAgent({ model: scene.model, ...wrapped, checkpointer: new MemorySaver() });
      const paused = await agent.invoke({ messages: [asks()] }, thread());
      const told = await agent.invoke({ messages: await scene.answers(paused, done('u')) }, thread());
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(shown(scene.sent())).toEqual({ a: { url: 'u' } });
      expect(asyncFunctionRequests(told)).toEqual([]);
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  for (const checkpointer of [undefined, new MemorySaver()]) {
    it(`survives a dispatch that fails beside one that does not, ${checkpointer ? 'with' : 'without'} a checkpointer`, () =>
      playScene(
        { model: [calls(['render', { script: 'a' }], ['broken', { script: 'b' }]), says('One is.')] },
        async (scene) => {
          const broken = asyncTool({
            name: 'broken',
            inputSchema: z.object({ script: z.string() }),
            dispatch: (): never => {
              throw new Error('The farm is down.');
            },
          });
          const wrapped = scene.later.wrap({ tools: [scene.render(), broken] });
          const agent = createDeepAgent({ model: scene.model, ...wrapped, ...(checkpointer ? { checkpointer } : {}) });
          const paused = await agent.invoke({ messages: [asks()] }, thread());
          expect(scene.request(paused).functionCall.name).toBe('render');
          const answers = await scene.answers(paused, done('u'));
          const told = await agent.invoke(
            { messages: checkpointer ? answers : [...paused.messages, ...answers] },
            thread(),
          );
          expect(told.messages.at(-1)?.text).toBe('One is.');
          expect(shown(scene.sent())).toEqual({ a: { url: 'u' }, b: expect.stringContaining('The farm is down.') });
          expect(scene.submissions()).toEqual({ a: 1 });
        },
      ));
  }
});

describe('a subagent with async tools', () => {
  const delegates = calls(['task', { description: 'p', subagent_type: 'director' }]);

  it('interrupts the run at the top, with a checkpointer there, and answers when it is resumed', () =>
    playScene({ model: [delegates, renderA, says('Rendered at u.'), says('It is at u.')] }, async (scene) => {
      const subagents = [director(scene)];
      const agent = createDeepAgent({ model: scene.model, subagents, checkpointer: new MemorySaver() });
      const state = await agent.invoke({ messages: [asks()] }, thread());
      expect(scene.request(state).functionCall.name).toBe('render');
      expect(taskSays(state)).toEqual([]);
      const answers = await scene.answers(state, done('u'));
      const told = await agent.invoke(new Command({ resume: answers }), thread());
      expect(taskSays(told)).toMatchObject([{ content: 'Rendered at u.' }]);
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('fails without a checkpointer, and says what is missing', () =>
    playScene({ model: [delegates, renderA] }, async (scene) => {
      const agent = createDeepAgent({ model: scene.model, subagents: [director(scene)] });
      const failed = await agent.invoke({ messages: [asks()] }, thread()).catch((error: unknown) => error);
      expect(PendingError.isInstance(failed)).toBe(true);
      expect(String(failed)).toContain('checkpointer');
    }));

  it('waits for its own call only, where it is forked from a main agent with such tools', () =>
    playScene(
      { model: [renderA, says('It is at u.'), delegates, renderB, says('Rendered at v.'), says('It is at v.')] },
      async (scene) => {
        const main = scene.later.wrap({ tools: [scene.render()] });
        const subagents: SubAgent[] = [{ name: 'director', description: 'Renders videos', mode: 'fork' }];
        const agent = createDeepAgent({ model: scene.model, ...main, subagents, checkpointer: new MemorySaver() });
        const paused = await agent.invoke({ messages: [asks()] }, thread());
        await agent.invoke({ messages: await scene.answers(paused, done('u')) }, thread());
        const state = await agent.invoke({ messages: [asks('And b.')] }, thread());
        expect(scene.request(state).functionCall.arguments).toEqual({ script: 'b' });
        const answers = await scene.answers(state, done('v'));
        const told = await agent.invoke(new Command({ resume: answers }), thread());
        expect(shown(scene.sent(2))).toMatchObject({ a: { url: 'u' }, b: { url: 'v' } });
        expect(taskSays(told)).toMatchObject([{ content: 'Rendered at v.' }]);
        expect(scene.submissions()).toEqual({ a: 1, b: 1 });
      },
    ));

  it('fails with a checkpointer too, if it is told to suspend', () =>
    playScene({ model: [delegates, renderA] }, async (scene) => {
      const suspending = scene.later.wrap({ tools: [scene.render()], whilePending: 'suspend' });
      const subagents = [{ ...director(scene), ...suspending }];
      const agent = createDeepAgent({ model: scene.model, subagents, checkpointer: new MemorySaver() });
      const failed = await agent.invoke({ messages: [asks()] }, thread()).catch((error: unknown) => error);
      expect(PendingError.isInstance(failed)).toBe(true);
    }));
});

describe('the general-purpose subagent, which has the tools of the main agent', () => {
  const model = (view: ModelView) => {
    const results = view.messages.flatMap(({ toolResults }) => toolResults.map(({ output }) => JSON.stringify(output)));
    const isMain = !view.messages[0]?.texts.includes('p');
    if (results.length > 0) return says(isMain ? 'That is all.' : `I was told ${results.join()}`);
    return isMain ? calls(['task', { description: 'p', subagent_type: 'general-purpose' }]) : renderA;
  };

  it('dispatches nothing whose result nobody would ever see, where it was not given their middleware', () =>
    playScene({ model }, async (scene) => {
      const wrapped = scene.later.wrap({ tools: [scene.render()] });
      const agent = createDeepAgent({ model: scene.model, ...wrapped, checkpointer: new MemorySaver() });
      const state = await agent.invoke({ messages: [asks()] }, thread());
      expect(scene.submissions()).toEqual({});
      expect(taskSays(state)).not.toMatchObject([{ content: expect.stringContaining('dispatched') }]);
    }));

  it('waits like any other where it is declared with tools and middleware of its own', () =>
    playScene({ model }, async (scene) => {
      const wrap = () => scene.later.wrap({ tools: [scene.render()] });
      const subagents = [{ ...director(scene), name: 'general-purpose', ...wrap() }];
      const agent = createDeepAgent({ model: scene.model, ...wrap(), subagents, checkpointer: new MemorySaver() });
      const state = await agent.invoke({ messages: [asks()] }, thread());
      expect(taskSays(state)).toEqual([]);
      const told = await agent.invoke(new Command({ resume: await scene.answers(state, done('u')) }), thread());
      expect(taskSays(told)).toMatchObject([{ content: 'I was told {"url":"u"}' }]);
      expect(scene.submissions()).toEqual({ a: 1 });
    }));
});

const director = (scene: Scene): SubAgent => ({
  name: 'director',
  description: 'Renders videos',
  systemPrompt: 'You render videos.',
  ...scene.later.wrap({ tools: [scene.render()] }),
});

/** What subagents answered the main agent. */
function taskSays({ messages }: { messages: readonly BaseMessage[] }) {
  return messages.filter(({ type, name }) => type === 'tool' && name === 'task');
}
