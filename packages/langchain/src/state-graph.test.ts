import assert from 'node:assert/strict';
import { AIMessage, type BaseMessage, HumanMessage } from '@langchain/core/messages';
import { fakeModel } from '@langchain/core/testing';
import type { ClientTool } from '@langchain/core/tools';
import {
  type BaseCheckpointSaver,
  Command,
  END,
  INTERRUPT,
  isInterrupted,
  MemorySaver,
  MessagesAnnotation,
  START,
  StateGraph,
} from '@langchain/langgraph';
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt';
import { type AuditEvent, LatecallError } from '@latecall/core';
import { createGate, type ScriptedModel } from '@latecall/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asks, calls, createWeather, done, playScene, type Scene, says, thread } from '../test/fixtures.ts';
import { type AsyncToolFields, asyncFunctionRequests, asyncTool, type WhilePending } from './index.ts';

interface GraphOptions {
  readonly checkpointer?: BaseCheckpointSaver;
  readonly whilePending?: WhilePending;
  readonly handleToolErrors?: boolean;
  /** Instead of the model of the scene, which is strict. */
  readonly ask?: (prompt: BaseMessage[]) => Promise<AIMessage>;
}

/** The agent that people write themselves: a model node, LangGraph's own `ToolNode`, and `toolsCondition` between. */
function graphOf({ later, model }: Scene, given: readonly ClientTool[], options: GraphOptions = {}) {
  const { whilePending = 'auto', handleToolErrors = true, checkpointer } = options;
  const { tools, project } = later.wrap({ tools: given, whilePending });
  const calling = model.bindTools([...tools]);
  const { ask = (prompt) => calling.invoke(prompt) } = options;
  return new StateGraph(MessagesAnnotation)
    .addNode('agent', async ({ messages }, config) => {
      const answer = await project(messages, ask, { config });
      return { messages: answer === undefined ? [] : [answer] };
    })
    .addNode('tools', new ToolNode([...tools], { handleToolErrors }))
    .addEdge(START, 'agent')
    .addConditionalEdges('agent', toolsCondition, ['tools', END])
    .addEdge('tools', 'agent')
    .compile(checkpointer === undefined ? {} : { checkpointer });
}

const rendersA: ScriptedModel = [calls(['render', { script: 'a' }]), says('It is at u.')];

describe('a graph of your own', () => {
  it('suspends without a checkpointer, and goes on with the messages of the app', () =>
    playScene({ model: rendersA }, async (scene) => {
      const graph = graphOf(scene, [scene.render()]);
      const paused = await graph.invoke({ messages: [asks()] }, thread());
      expect(scene.request(paused).functionCall).toMatchObject({ name: 'render', arguments: { script: 'a' } });
      expect(scene.server.requests).toHaveLength(1);

      const messages = [...paused.messages, ...(await scene.answers(paused, done('u')))];
      const told = await graph.invoke({ messages }, thread());
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(answersSent(scene)).toEqual([{ url: 'u' }]);
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('suspends with a checkpointer, and goes on with the response alone', () =>
    playScene({ model: rendersA }, async (scene) => {
      const graph = graphOf(scene, [scene.render()], { checkpointer: new MemorySaver() });
      const paused = await graph.invoke({ messages: [asks()] }, thread());
      const told = await graph.invoke({ messages: await scene.answers(paused, done('u')) }, thread());
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(answersSent(scene)).toEqual([{ url: 'u' }]);
      expect(asyncFunctionRequests(told)).toEqual([]);
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('goes on with no message at all when the result came into the store', () =>
    playScene({ model: rendersA }, async (scene) => {
      const tools = [scene.render()];
      const graph = graphOf(scene, tools, { checkpointer: new MemorySaver() });
      const { id } = scene.request(await graph.invoke({ messages: [asks()] }, thread()));
      expect(await scene.later.settle({ id, outcome: done('u'), tools })).toMatchObject({ verdict: 'accepted' });
      const told = await graph.invoke({ messages: [] }, thread());
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(answersSent(scene)).toEqual([{ url: 'u' }]);
    }));

  it('makes no model call when it is run again with nothing new', () =>
    playScene({ model: rendersA }, async (scene) => {
      const graph = graphOf(scene, [scene.render()], { checkpointer: new MemorySaver() });
      const paused = await graph.invoke({ messages: [asks()] }, thread());
      const again = await graph.invoke({ messages: [] }, thread());
      expect(again.messages).toHaveLength(paused.messages.length);
      expect(scene.server.requests).toHaveLength(1);
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('lets the user speak while a call is pending, and tells the result when it comes', () =>
    playScene({ model: [calls(['render', { script: 'a' }]), says('Not yet.'), says('It is at u.')] }, async (scene) => {
      const graph = graphOf(scene, [scene.render()], { checkpointer: new MemorySaver() });
      await graph.invoke({ messages: [asks()] }, thread());
      const spoken = await graph.invoke({ messages: [new HumanMessage('Ready?')] }, thread());
      expect(spoken.messages.at(-1)?.text).toBe('Not yet.');
      expect(answersSent(scene)).toMatchObject([{ status: 'dispatched' }]);

      const told = await graph.invoke({ messages: await scene.answers(spoken, done('u')) }, thread());
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(answersSent(scene)).toMatchObject([{ status: 'dispatched' }, { url: 'u' }]);
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('refuses a run of which nobody says the conversation', () =>
    playScene({ model: [] }, async (scene) => {
      const graph = graphOf(scene, [scene.render()]);
      await expect(graph.invoke({ messages: [asks()] })).rejects.toThrow(/Which conversation is this\?.*thread_id/);
    }));
});

describe('several calls in one turn', () => {
  const mixed: ScriptedModel = [
    calls(['weather', { city: 'Oslo' }], ['render', { script: 'a' }]),
    says('Clear, and it is at u.'),
  ];

  it('keeps the result of a plain tool while the other call is pending, and runs each once', () =>
    playScene({ model: mixed }, async (scene) => {
      const { weather, runs } = createWeather();
      const graph = graphOf(scene, [weather, scene.render()], { checkpointer: new MemorySaver() });
      const paused = await graph.invoke({ messages: [asks()] }, thread());
      expect(scene.server.requests).toHaveLength(1);
      await graph.invoke({ messages: await scene.answers(paused, done('u')) }, thread());
      expect(answersSent(scene)).toEqual(['Clear in Oslo.', { url: 'u' }]);
      expect([runs(), scene.submissions()]).toEqual([1, { a: 1 }]);
    }));

  const two: ScriptedModel = [
    calls(['render', { script: 'a' }], ['render', { script: 'b' }]),
    says('They are at u and v.'),
  ];

  it('waits for both of two async calls, and binds results that come out of order to the right calls', () =>
    playScene({ model: two }, async (scene) => {
      const tools = [scene.render()];
      const graph = graphOf(scene, tools, { checkpointer: new MemorySaver() });
      const paused = await graph.invoke({ messages: [asks()] }, thread());
      const [a, b] = asyncFunctionRequests(paused, tools);
      assert.ok(a !== undefined && b !== undefined);

      const [, second] = await scene.answers(paused, done('of-a'), done('of-b'));
      assert.ok(second !== undefined);
      const partial = await graph.invoke({ messages: [second] }, thread());
      expect(asyncFunctionRequests(partial)).toEqual([a]);
      expect(scene.server.requests).toHaveLength(1);

      const told = await graph.invoke({ messages: await scene.answers(partial, done('of-a')) }, thread());
      expect(told.messages.at(-1)?.text).toBe('They are at u and v.');
      expect(answersSent(scene)).toEqual([{ url: 'of-a' }, { url: 'of-b' }]);
      expect(scene.submissions()).toEqual({ a: 1, b: 1 });
    }));

  it('waits for both without a checkpointer too', () =>
    playScene({ model: two }, async (scene) => {
      const graph = graphOf(scene, [scene.render()]);
      const paused = await graph.invoke({ messages: [asks()] }, thread());
      const [, second] = await scene.answers(paused, done('of-a'), done('of-b'));
      assert.ok(second !== undefined);
      const partial = await graph.invoke({ messages: [...paused.messages, second] }, thread());
      expect(scene.server.requests).toHaveLength(1);
      const rest = await scene.answers(partial, done('of-a'));
      const told = await graph.invoke({ messages: [...partial.messages, ...rest] }, thread());
      expect(told.messages.at(-1)?.text).toBe('They are at u and v.');
      expect(answersSent(scene)).toEqual([{ url: 'of-a' }, { url: 'of-b' }]);
      expect(scene.submissions()).toEqual({ a: 1, b: 1 });
    }));
});

describe('whilePending "interrupt" in a graph of your own', () => {
  const interrupting = () => ({ checkpointer: new MemorySaver(), whilePending: 'interrupt' as const });

  it('interrupts the run with the requests, and goes on when it is resumed with the response', () =>
    playScene({ model: rendersA }, async (scene) => {
      const graph = graphOf(scene, [scene.render()], interrupting());
      const paused = await graph.invoke({ messages: [asks()] }, thread());
      assert.ok(isInterrupted(paused));
      expect(paused[INTERRUPT]).toMatchObject([
        { value: { type: 'async-function-requests', requests: [{ functionCall: { name: 'render' } }] } },
      ]);
      const told = await graph.invoke(new Command({ resume: await scene.answers(paused, done('u')) }), thread());
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(answersSent(scene)).toEqual([{ url: 'u' }]);
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('is interrupted again for the rest, and dispatches nothing twice', () =>
    playScene(
      { model: [calls(['render', { script: 'a' }], ['render', { script: 'b' }]), says('Both are done.')] },
      async (scene) => {
        const graph = graphOf(scene, [scene.render()], interrupting());
        const paused = await graph.invoke({ messages: [asks()] }, thread());
        const [, second] = await scene.answers(paused, done('of-a'), done('of-b'));
        const partial = await graph.invoke(new Command({ resume: second }), thread());
        assert.ok(isInterrupted<{ requests: unknown[] }>(partial));
        expect(partial[INTERRUPT][0]?.value?.requests).toMatchObject([
          { functionCall: { arguments: { script: 'a' } } },
        ]);
        expect(scene.server.requests).toHaveLength(1);

        const [first] = await scene.answers(paused, done('of-a'));
        const told = await graph.invoke(new Command({ resume: first }), thread());
        expect(told.messages.at(-1)?.text).toBe('Both are done.');
        expect(answersSent(scene)).toEqual([{ url: 'of-a' }, { url: 'of-b' }]);
        expect(scene.submissions()).toEqual({ a: 1, b: 1 });
      },
    ));

  it('says that it needs a checkpointer where there is none', () =>
    playScene({ model: rendersA }, async (scene) => {
      const graph = graphOf(scene, [scene.render()], { whilePending: 'interrupt' });
      const failure = await graph.invoke({ messages: [asks()] }, thread()).catch((error: unknown) => error);
      expect(LatecallError.isInstance(failure, 'no_checkpointer')).toBe(true);
    }));
});

describe('a dispatch that fails in a ToolNode', () => {
  const failing = ({
    onDispatchError = 'tool-message',
    after,
  }: Pick<AsyncToolFields<never, never, never>, 'onDispatchError'> & { after?: Promise<void> } = {}) =>
    asyncTool({
      name: 'fails',
      inputSchema: z.object({}),
      dispatch: async () => {
        await after;
        throw new Error('the farm is closed');
      },
      onDispatchError,
    });
  const failsBeside: ScriptedModel = [calls(['fails', {}], ['render', { script: 'a' }]), says('Closed; it is at u.')];

  for (const handleToolErrors of [true, false]) {
    it(`is told to the model beside the other call, with handleToolErrors ${handleToolErrors}`, () =>
      playScene({ model: failsBeside }, async (scene) => {
        const checkpointer = new MemorySaver();
        const graph = graphOf(scene, [failing(), scene.render()], { checkpointer, handleToolErrors });
        const paused = await graph.invoke({ messages: [asks()] }, thread());
        const told = await graph.invoke({ messages: await scene.answers(paused, done('u')) }, thread());
        expect(told.messages.at(-1)?.text).toBe('Closed; it is at u.');
        expect(answersSent(scene)).toEqual(['"fails" could not be dispatched: the farm is closed', { url: 'u' }]);
        expect(scene.submissions()).toEqual({ a: 1 });
      }));
  }

  it('is worded by the ToolNode if the tool throws and the node handles errors', () =>
    playScene({ model: failsBeside }, async (scene) => {
      const tools = [failing({ onDispatchError: 'throw' }), scene.render()];
      const graph = graphOf(scene, tools, { checkpointer: new MemorySaver() });
      const paused = await graph.invoke({ messages: [asks()] }, thread());
      await graph.invoke({ messages: await scene.answers(paused, done('u')) }, thread());
      expect(answersSent(scene)).toEqual([
        expect.stringMatching(/^Error: "fails" could not be dispatched: the farm is closed/),
        { url: 'u' },
      ]);
    }));

  it('ends the run if the tool throws and the node does not handle errors, and no dispatch is lost', () => {
    const dispatched = createGate();
    const audit = ({ type }: AuditEvent) => (type === 'task.dispatched' ? dispatched.open() : undefined);
    return playScene({ model: failsBeside, runtime: { audit } }, async (scene) => {
      const tools = [failing({ onDispatchError: 'throw', after: dispatched.opened }), scene.render()];
      const graph = graphOf(scene, tools, { checkpointer: new MemorySaver(), handleToolErrors: false });
      await expect(graph.invoke({ messages: [asks()] }, thread())).rejects.toThrow('the farm is closed');

      const [pending] = await scene.later.pending({ thread: 'thread-1' });
      assert.ok(pending !== undefined);
      await scene.later.settle({ id: pending.id, outcome: done('u'), tools });
      await graph.invoke({ messages: [new HumanMessage('Go on.')] }, thread());
      expect(answersSent(scene)).toEqual(['"fails" could not be dispatched: the farm is closed', { url: 'u' }]);
      expect(scene.submissions()).toEqual({ a: 1 });
    });
  });
});

describe('a model that uses the id "call_0" again', () => {
  // LangGraph's ToolNode leaves out a call whose id any earlier tool message has.
  it('is not told the result of the earlier turn for the call that ToolNode leaves out', () =>
    playScene({ model: [] }, async (scene) => {
      const model = fakeModel()
        .respondWithTools([{ name: 'render', args: { script: 'a' }, id: 'call_0' }])
        .respond(new AIMessage('It is at u.'))
        .respondWithTools([{ name: 'render', args: { script: 'b' }, id: 'call_0' }])
        .respond(new AIMessage('I could not render b.'));
      const ask = async (prompt: BaseMessage[]): Promise<AIMessage> => model.invoke(prompt);
      const graph = graphOf(scene, [scene.render()], { checkpointer: new MemorySaver(), ask });
      const paused = await graph.invoke({ messages: [asks('Render a.')] }, thread());
      await graph.invoke({ messages: await scene.answers(paused, done('of-a')) }, thread());
      await graph.invoke({ messages: [asks('Render b.')] }, thread());
      const prompt = model.calls.at(-1)?.messages ?? [];
      const answers = prompt.filter(({ type }) => type === 'tool').map(({ text }) => text);
      expect(answers).toEqual(['{"url":"of-a"}', expect.stringMatching(/^Not dispatched/)]);
      expect(scene.submissions()).toEqual({ a: 1 });
    }));
});

/** What the last prompt answers the calls with, in the order of the prompt. */
function answersSent({ server }: Scene): unknown[] {
  const last = server.requests.at(-1)?.body as { messages: { role: string; content: string }[] } | undefined;
  return (last?.messages ?? []).filter(({ role }) => role === 'tool').map(({ content }) => parsed(content));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
