import { Command, MemorySaver } from '@langchain/langgraph';
import type { Reply } from '@latecall/testing';
import { createAgent, humanInTheLoopMiddleware } from 'langchain';
import { describe, expect, it } from 'vitest';
import { asks, calls, createWeather, done, playScene, type Scene, says, shown, thread } from '../test/fixtures.ts';
import { asyncFunctionRequests, type Conversation, type WhilePending } from './index.ts';

const renderA = calls(['render', { script: 'a' }]);

describe('an async tool that a person has to approve', () => {
  it('is dispatched when it is approved, and not before', () =>
    playScene({ model: [renderA, says('It is at u.')] }, async (scene) => {
      const { agent } = gated(scene);
      const asked = await agent.invoke({ messages: [asks()] }, thread());
      expect(reviewed(asked)).toEqual(['render']);
      expect(asyncFunctionRequests(asked)).toEqual([]);
      expect(scene.submissions()).toEqual({});
      const paused = await agent.invoke(decide('approve'), thread());
      expect(reviewed(paused)).toEqual([]);
      expect(scene.request(paused).functionCall.arguments).toEqual({ script: 'a' });
      const told = await agent.invoke({ messages: await scene.answers(paused, done('u')) }, thread());
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(shown(scene.sent())).toEqual({ a: { url: 'u' } });
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('is dispatched as the person has edited it', () =>
    playScene({ model: [renderA, says('It is at u.')] }, async (scene) => {
      const { agent } = gated(scene);
      await agent.invoke({ messages: [asks()] }, thread());
      const editedAction = { name: 'render', args: { script: 'b' } };
      const paused = await agent.invoke(decide({ type: 'edit', editedAction }), thread());
      expect(scene.request(paused).functionCall.arguments).toEqual({ script: 'b' });
      await agent.invoke({ messages: await scene.answers(paused, done('u')) }, thread());
      expect(shown(scene.sent())).toEqual({ b: { url: 'u' } });
      expect(scene.submissions()).toEqual({ b: 1 });
    }));

  it('is never dispatched when it is rejected', () =>
    playScene({ model: [renderA, says('As you like.')] }, async (scene) => {
      const { agent } = gated(scene);
      await agent.invoke({ messages: [asks()] }, thread());
      const told = await agent.invoke(decide({ type: 'reject', message: 'Too expensive.' }), thread());
      expect(told.messages.at(-1)?.text).toBe('As you like.');
      expect(shown(scene.sent())).toEqual({ a: 'Too expensive.' });
      expect(asyncFunctionRequests(told)).toEqual([]);
      expect(scene.submissions()).toEqual({});
    }));

  it('is dispatched for each of two equal calls that are approved together', () =>
    playScene(
      { model: [calls(['render', { script: 'a' }], ['render', { script: 'a' }]), says('Both.')] },
      async (scene) => {
        const { agent } = gated(scene);
        await agent.invoke({ messages: [asks()] }, thread());
        const paused = await agent.invoke(decide('approve', 'approve'), thread());
        expect(asyncFunctionRequests(paused)).toHaveLength(2);
        expect(scene.submissions()).toEqual({ a: 2 });
        expect(scene.outside.log.map(({ type }) => type)).toEqual(['submitted', 'submitted']);
      },
    ));

  it('is not asked about again while its result is pending', () =>
    playScene({ model: [renderA, says('It is at u.')] }, async (scene) => {
      const { agent } = gated(scene);
      await agent.invoke({ messages: [asks()] }, thread());
      await agent.invoke(decide('approve'), thread());
      const again = await agent.invoke({ messages: [] }, thread());
      expect(reviewed(again)).toEqual([]);
      expect(asyncFunctionRequests(again)).toHaveLength(1);
      expect(scene.server.requests).toHaveLength(1);
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  for (const whilePending of ['suspend', 'interrupt'] as const) {
    it(`is not asked about again when only one of two results has come (${whilePending})`, () =>
      playScene(
        { model: [calls(['render', { script: 'a' }], ['render', { script: 'b' }]), says('Both.')] },
        async (scene) => {
          const { agent } = gated(scene, { whilePending });
          await agent.invoke({ messages: [asks()] }, thread());
          const paused = await agent.invoke(decide('approve', 'approve'), thread());
          const [first, second] = (await scene.answers(paused, done('u'), done('v'))).map((message) =>
            whilePending === 'interrupt' ? new Command({ resume: [message] }) : { messages: [message] },
          );
          const waiting = await agent.invoke(second ?? null, thread());
          expect(reviewed(waiting)).toEqual([]);
          expect(scene.server.requests).toHaveLength(1);
          await agent.invoke(first ?? null, thread());
          expect(shown(scene.sent())).toEqual({ a: { url: 'u' }, b: { url: 'v' } });
          expect(scene.submissions()).toEqual({ a: 1, b: 1 });
        },
      ));
  }
});

describe('an async call and an approval in one turn', () => {
  const both: Reply = calls(['render', { script: 'a' }], ['weather', { city: 'Rome' }]);

  it('runs nothing until the person has decided, then each call gets its own answer', () =>
    playScene({ model: [both, says('Both are there.')] }, async (scene) => {
      const { agent, runs } = gated(scene, { gate: ['weather'] });
      const asked = await agent.invoke({ messages: [asks()] }, thread());
      expect(reviewed(asked)).toEqual(['weather']);
      expect(scene.submissions()).toEqual({});
      expect(runs()).toBe(0);
      const paused = await agent.invoke(decide('approve'), thread());
      expect(scene.submissions()).toEqual({ a: 1 });
      expect(runs()).toBe(1);
      await agent.invoke({ messages: await scene.answers(paused, done('u')) }, thread());
      expect(shown(scene.sent())).toEqual({ a: { url: 'u' }, Rome: 'Clear in Rome.' });
      expect(scene.submissions()).toEqual({ a: 1 });
      expect(runs()).toBe(1);
    }));

  it('drops the approved call where another one is rejected, as the host does', () =>
    playScene({ model: [both, says('As you like.')] }, async (scene) => {
      const { agent, runs } = gated(scene, { gate: ['render', 'weather'] });
      const asked = await agent.invoke({ messages: [asks()] }, thread());
      expect(reviewed(asked)).toEqual(['render', 'weather']);
      const told = await agent.invoke(decide('approve', { type: 'reject', message: 'No.' }), thread());
      expect(told.messages.at(-1)?.text).toBe('As you like.');
      expect(shown(scene.sent())).toEqual({ Rome: 'No.' });
      expect(scene.sent()).not.toContain('render","arguments');
      expect(scene.submissions()).toEqual({});
      expect(runs()).toBe(0);
    }));

  it('does not dispatch an async call that needs no approval where the other one is rejected', () =>
    playScene({ model: [both, says('As you like.')] }, async (scene) => {
      const { agent, runs } = gated(scene, { gate: ['weather'] });
      await agent.invoke({ messages: [asks()] }, thread());
      const told = await agent.invoke(decide({ type: 'reject', message: 'No.' }), thread());
      expect(told.messages.at(-1)?.text).toBe('As you like.');
      expect(shown(scene.sent())).toEqual({ a: expect.stringContaining('Not dispatched'), Rome: 'No.' });
      expect(asyncFunctionRequests(told)).toEqual([]);
      expect(scene.submissions()).toEqual({});
      expect(runs()).toBe(0);
    }));
});

type Decision = 'approve' | { type: 'reject'; message: string } | { type: 'edit'; editedAction: object };

const decide = (...decisions: Decision[]) =>
  new Command({
    resume: { decisions: decisions.map((decision) => (decision === 'approve' ? { type: decision } : decision)) },
  });

/** An agent whose middleware asks a person before the tools of `gate`. */
function gated(scene: Scene, options: { gate?: readonly string[]; whilePending?: WhilePending } = {}) {
  const { gate = ['render'], whilePending = 'auto' } = options;
  const { weather, runs } = createWeather();
  const interruptOn = Object.fromEntries(gate.map((name) => [name, true]));
  const wrapped = scene.later.wrap({
    tools: [scene.render(), weather],
    middleware: [humanInTheLoopMiddleware({ interruptOn })],
    whilePending,
  });
  return { agent: createAgent({ model: scene.model, ...wrapped, checkpointer: new MemorySaver() }), runs };
}

/** The names of the calls that a person is asked about. */
function reviewed(state: Conversation): string[] {
  const interrupts = 'messages' in state ? (state.__interrupt__ ?? []) : [];
  return interrupts.flatMap(({ value }) =>
    ((value as { actionRequests?: { name: string }[] }).actionRequests ?? []).map(({ name }) => name),
  );
}
