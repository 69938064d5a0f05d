import { type BaseMessage, mapChatMessagesToStoredMessages } from '@langchain/core/messages';
import { Command, MemorySaver } from '@langchain/langgraph';
import { createAsyncFunctionResponse, type Json } from '@latecall/core';
import { createAgent } from 'langchain';
import { describe, expect, it } from 'vitest';
import { asks, calls, createWeather, done, playScene, type Scene, says, shown, thread } from '../test/fixtures.ts';
import {
  type AnyTool,
  asyncFunctionRequests,
  type Conversation,
  createLatecall,
  type Latecall,
  LatecallError,
} from './index.ts';

const secret = 'a secret that is long enough to be one';
const oneCall = [calls(['render', { script: 'a' }]), says('It is at u.')];
const twoCalls = [calls(['render', { script: 'a' }], ['render', { script: 'b' }]), says('Both are there.')];

describe('a run that is interrupted while calls are pending', () => {
  it('shows the requests to whoever resumes it', () =>
    playScene({ model: oneCall }, async (scene) => {
      const state = await interrupting(scene).invoke({ messages: [asks()] }, thread());
      const request = scene.request(state);
      expect(request.functionCall).toMatchObject({ name: 'render', arguments: { script: 'a' } });
      expect(interruptsOf(state)).toEqual([{ type: 'async-function-requests', requests: [request] }]);
      expect(scene.server.requests).toHaveLength(1);
    }));

  it('goes on with the signed messages of the response', () =>
    playScene({ model: oneCall }, async (scene) => {
      const agent = interrupting(scene);
      const state = await agent.invoke({ messages: [asks()] }, thread());
      const told = await agent.invoke(resume(await scene.answers(state, done('u'))), thread());
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(shown(scene.sent())).toEqual({ a: { url: 'u' } });
      expect(asyncFunctionRequests(told)).toEqual([]);
      expect(interruptsOf(told)).toEqual([]);
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  const asJson = {
    'stored messages': mapChatMessagesToStoredMessages,
    'serialized messages': (messages: Parameters<typeof mapChatMessagesToStoredMessages>[0]) => messages,
    'one message instead of a list': ([message]: Parameters<typeof mapChatMessagesToStoredMessages>[0]) => message,
  };
  for (const [what, written] of Object.entries(asJson)) {
    it(`goes on with ${what} that came as JSON`, () =>
      playScene({ model: oneCall }, async (scene) => {
        const agent = interrupting(scene);
        const state = await agent.invoke({ messages: [asks()] }, thread());
        const json = JSON.parse(JSON.stringify(written(await scene.answers(state, done('u')))));
        const told = await agent.invoke(resume(json), thread());
        expect(told.messages.at(-1)?.text).toBe('It is at u.');
        expect(shown(scene.sent())).toEqual({ a: { url: 'u' } });
      }));
  }

  it('waits on for the other of two results, and keeps the first', () =>
    playScene({ model: twoCalls }, async (scene) => {
      const agent = interrupting(scene);
      const state = await agent.invoke({ messages: [asks()] }, thread());
      expect(asyncFunctionRequests(state)).toHaveLength(2);
      const [first, second] = await scene.answers(state, done('u'), done('v'));
      const waiting = await agent.invoke(resume([second]), thread());
      expect(interruptsOf(waiting)).toMatchObject([{ requests: [{ functionCall: { arguments: { script: 'a' } } }] }]);
      expect(scene.server.requests).toHaveLength(1);
      const told = await agent.invoke(resume([first]), thread());
      expect(told.messages.at(-1)?.text).toBe('Both are there.');
      expect(shown(scene.sent())).toEqual({ a: { url: 'u' }, b: { url: 'v' } });
      expect(scene.submissions()).toEqual({ a: 1, b: 1 });
    }));

  it('no longer lists a request that it was resumed with the response to', () =>
    playScene({ model: twoCalls }, async (scene) => {
      const agent = interrupting(scene);
      const [first] = await scene.answers(await agent.invoke({ messages: [asks()] }, thread()), done('u'));
      expect(scriptsIn(await agent.invoke(resume([first]), thread()))).toEqual(['b']);
    }));

  it('keeps both the calls and a first result over a restart, with the same secret', () =>
    playScene({ model: twoCalls, runtime: { secret } }, async (scene) => {
      const checkpointer = new MemorySaver();
      const state = await interrupting(scene, { checkpointer }).invoke({ messages: [asks()] }, thread());
      const [first, second] = await scene.answers(state, done('u'), done('v'));
      const restarted = () => interrupting(scene, { checkpointer, later: createLatecall({ secret }) });
      await restarted().invoke(resume([first]), thread());
      const told = await restarted().invoke(resume([second]), thread());
      expect(told.messages.at(-1)?.text).toBe('Both are there.');
      expect(shown(scene.sent())).toEqual({ a: { url: 'u' }, b: { url: 'v' } });
      expect(scene.submissions()).toEqual({ a: 1, b: 1 });
    }));

  it('keeps a first result over a restart also where a user speaks instead of bringing the other', () =>
    playScene(
      { model: [twoCalls[0] ?? says(''), says('One of them is at u.')], runtime: { secret } },
      async (scene) => {
        const checkpointer = new MemorySaver();
        const agent = interrupting(scene, { checkpointer });
        const [first] = await scene.answers(await agent.invoke({ messages: [asks()] }, thread()), done('u'));
        await agent.invoke(resume([first]), thread());
        const restarted = interrupting(scene, { checkpointer, later: createLatecall({ secret }) });
        await restarted.invoke({ messages: [asks('How far is it?')] }, thread());
        expect(shown(scene.sent())).toMatchObject({ a: { url: 'u' }, b: { status: 'dispatched' } });
      },
    ));

  it('keeps the call over a restart without a secret too, as a suspended run does', () =>
    playScene({ model: oneCall }, async (scene) => {
      const checkpointer = new MemorySaver();
      const state = await interrupting(scene, { checkpointer }).invoke({ messages: [asks()] }, thread());
      const later = createLatecall();
      const restarted = interrupting(scene, { checkpointer, later });
      const response = createAsyncFunctionResponse<Json>({ request: scene.request(state), outcome: done('u') });
      const told = await restarted.invoke(resume(await later.asyncFunctionResponseMessages(response)), thread());
      expect(shown(scene.sent())).toEqual({ a: { url: 'u' } });
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('dispatches nothing again, however often it is resumed', () =>
    playScene({ model: twoCalls }, async (scene) => {
      const agent = interrupting(scene);
      const state = await agent.invoke({ messages: [asks()] }, thread());
      const [first, second] = await scene.answers(state, done('u'), done('v'));
      for (const value of [true, [first], [first], 'again', true]) await agent.invoke(resume(value), thread());
      expect(scene.submissions()).toEqual({ a: 1, b: 1 });
      await agent.invoke(resume([second]), thread());
      expect(scene.submissions()).toEqual({ a: 1, b: 1 });
      expect(scene.outside.log.map(({ type }) => type)).toEqual(['submitted', 'submitted']);
    }));

  const without: Record<string, (scene: Scene, state: Conversation) => Promise<unknown> | unknown> = {
    'a text': () => 'done!',
    'an object': () => ({ approved: true, url: 'u' }),
    'true, while nothing has come': () => true,
    'a response that nobody signed': (scene, state) =>
      createAsyncFunctionResponse<Json>({ request: scene.request(state), outcome: done('forged') }),
    'a response to a task that nobody knows': (scene, state) =>
      scene.later.asyncFunctionResponseMessages(
        createAsyncFunctionResponse<Json>({ request: { ...scene.request(state), id: 'task_x' }, outcome: done('x') }),
      ),
    'a result that the tool does not allow': (scene, state) =>
      scene.answers(state, { status: 'completed', result: { wrong: true } }),
  };
  for (const [what, value] of Object.entries(without)) {
    it(`waits on when it is resumed with ${what}, and takes the right response after`, () =>
      playScene({ model: oneCall }, async (scene) => {
        const agent = interrupting(scene);
        const state = await agent.invoke({ messages: [asks()] }, thread());
        const request = scene.request(state);
        const waiting = await agent.invoke(resume(await value(scene, state)), thread());
        expect(scene.request(waiting).id).toBe(request.id);
        expect(interruptsOf(waiting)).toHaveLength(1);
        expect(scene.server.requests).toHaveLength(1);
        const told = await agent.invoke(resume(await scene.answers(waiting, done('u'))), thread());
        expect(told.messages.at(-1)?.text).toBe('It is at u.');
        expect(shown(scene.sent())).toEqual({ a: { url: 'u' } });
        expect(scene.submissions()).toEqual({ a: 1 });
      }));
  }

  it('looks for the results in the store when it is resumed with true', () =>
    playScene({ model: oneCall }, async (scene) => {
      const tools = [scene.render()];
      const agent = interrupting(scene, { tools });
      const { id } = scene.request(await agent.invoke({ messages: [asks()] }, thread()));
      const { verdict } = await scene.later.settle({ tools, scope: { thread: 'thread-1' }, id, outcome: done('u') });
      expect(verdict).toBe('accepted');
      const told = await agent.invoke(resume(true), thread());
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(shown(scene.sent())).toEqual({ a: { url: 'u' } });
    }));

  it('is over when a user speaks instead: the model goes on, and is told the result when it comes', () =>
    playScene(
      { model: [calls(['render', { script: 'a' }]), says('Still at it.'), says('It is at u.')] },
      async (scene) => {
        const agent = interrupting(scene);
        const state = await agent.invoke({ messages: [asks()] }, thread());
        const answers = await scene.answers(state, done('u'));
        const spoken = await agent.invoke({ messages: [asks('How far is it?')] }, thread());
        expect(spoken.messages.at(-1)?.text).toBe('Still at it.');
        expect(shown(scene.sent())).toMatchObject({ a: { status: 'dispatched' } });
        expect(scriptsIn(spoken)).toEqual(['a']);
        const told = await agent.invoke({ messages: answers }, thread());
        expect(told.messages.at(-1)?.text).toBe('It is at u.');
        expect(shown(scene.sent())).toMatchObject({ a: { status: 'dispatched' } });
        expect(Object.values(shown(scene.sent()))).toContainEqual({ url: 'u' });
        expect(scene.submissions()).toEqual({ a: 1 });
      },
    ));

  it('needs a checkpointer, and says so before anything is asked or dispatched', () =>
    playScene({ model: () => calls(['render', { script: 'a' }]) }, async (scene) => {
      const wrapped = scene.later.wrap({ tools: [scene.render()], whilePending: 'interrupt' });
      const agent = createAgent({ model: scene.model, ...wrapped });
      const failed = await agent.invoke({ messages: [asks()] }, thread()).catch((error: unknown) => error);
      expect(LatecallError.isInstance(failed, 'no_checkpointer')).toBe(true);
      expect(String(failed)).toContain('checkpointer');
      expect(scene.server.requests).toEqual([]);
      expect(scene.submissions()).toEqual({});
    }));
});

for (const version of ['v1', 'v2'] as const) {
  for (const whilePending of ['suspend', 'interrupt'] as const) {
    describe(`createAgent ${version}, ${whilePending}`, () => {
      const create = (scene: Scene, tools: readonly AnyTool[]) =>
        createAgent({
          model: scene.model,
          ...scene.later.wrap({ tools, whilePending }),
          checkpointer: new MemorySaver(),
          version,
        });
      const bring = (messages: BaseMessage[]) => (whilePending === 'interrupt' ? resume(messages) : { messages });

      it('runs a sync and an async call of one turn once each', () =>
        playScene(
          { model: [calls(['weather', { city: 'Rome' }], ['render', { script: 'a' }]), says('Both are there.')] },
          async (scene) => {
            const { weather, runs } = createWeather();
            const agent = create(scene, [weather, scene.render()]);
            const state = await agent.invoke({ messages: [asks()] }, thread());
            expect(scriptsIn(state)).toEqual(['a']);
            const told = await agent.invoke(bring(await scene.answers(state, done('u'))), thread());
            expect(told.messages.at(-1)?.text).toBe('Both are there.');
            expect(shown(scene.sent())).toEqual({ Rome: 'Clear in Rome.', a: { url: 'u' } });
            expect(runs()).toBe(1);
            expect(scene.submissions()).toEqual({ a: 1 });
          },
        ));

      it('binds two results that come out of order to their calls', () =>
        playScene({ model: twoCalls }, async (scene) => {
          const agent = create(scene, [scene.render()]);
          const state = await agent.invoke({ messages: [asks()] }, thread());
          const [first, second] = await scene.answers(state, done('u'), done('v'));
          await agent.invoke(bring(second === undefined ? [] : [second]), thread());
          expect(scene.server.requests).toHaveLength(1);
          const told = await agent.invoke(bring(first === undefined ? [] : [first]), thread());
          expect(told.messages.at(-1)?.text).toBe('Both are there.');
          expect(shown(scene.sent())).toEqual({ a: { url: 'u' }, b: { url: 'v' } });
          expect(scene.submissions()).toEqual({ a: 1, b: 1 });
        }));
    });
  }
}

function interrupting(
  scene: Scene,
  options: { tools?: readonly AnyTool[]; later?: Latecall; checkpointer?: MemorySaver } = {},
) {
  const { tools = [scene.render()], later = scene.later, checkpointer = new MemorySaver() } = options;
  return createAgent({ model: scene.model, ...later.wrap({ tools, whilePending: 'interrupt' }), checkpointer });
}

const resume = (value: unknown) => new Command({ resume: value });

function interruptsOf(state: Conversation): unknown[] {
  return ('messages' in state ? (state.__interrupt__ ?? []) : []).map(({ value }) => value);
}

function scriptsIn(state: Conversation): unknown[] {
  return asyncFunctionRequests(state).map(({ functionCall }) => (functionCall.arguments as { script: string }).script);
}
