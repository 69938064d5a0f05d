import { MemorySaver } from '@langchain/langgraph';
import { createAgent } from 'langchain';
import { describe, expect, it } from 'vitest';
import { asks, calls, done, playScene, says, thread } from '../test/fixtures.ts';
import { asyncFunctionRequests } from './index.ts';

describe('createAgent', () => {
  it('suspends without a checkpointer, and goes on with the messages of the app', () =>
    playScene({ model: [calls(['render', { script: 'a' }]), says('It is at u.')] }, async (scene) => {
      const agent = createAgent({ model: scene.model, ...scene.later.wrap({ tools: [scene.render()] }) });
      const paused = await agent.invoke({ messages: [asks()] }, thread());
      expect(asyncFunctionRequests(paused)).toHaveLength(1);
      const messages = [...paused.messages, ...(await scene.answers(paused, done('u')))];
      const told = await agent.invoke({ messages }, thread());
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('suspends with a checkpointer, and goes on with the response alone', () =>
    playScene({ model: [calls(['render', { script: 'a' }]), says('It is at u.')] }, async (scene) => {
      const wrapped = scene.later.wrap({ tools: [scene.render()] });
      const agent = createAgent({ model: scene.model, ...wrapped, checkpointer: new MemorySaver() });
      const paused = await agent.invoke({ messages: [asks()] }, thread());
      const told = await agent.invoke({ messages: await scene.answers(paused, done('u')) }, thread());
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(asyncFunctionRequests(told)).toEqual([]);
      expect(scene.submissions()).toEqual({ a: 1 });
    }));
});
