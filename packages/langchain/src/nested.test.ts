import { type BaseMessage, HumanMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { Command, END, MemorySaver, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import type { ModelView } from '@latecall/testing';
import { createAgent } from 'langchain';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asks, calls, createWeather, done, playScene, type Scene, says, shown, thread } from '../test/fixtures.ts';
import {
  asyncFunctionRequests,
  asyncTool,
  type Conversation,
  createLatecall,
  type Latecall,
  PendingError,
  type WrapOptions,
} from './index.ts';

const secret = 'a secret that is long enough to be one';
const family = [calls(['ask_director', { prompt: 'p' }]), calls(['render', { script: 'a' }])];

const bothCalls = calls(['ask_director', { prompt: 'p' }], ['weather', { city: 'Rome' }]);

/** The child says that it is working while it knows no better. */
function workingOn(view: ModelView) {
  const results = view.messages.flatMap(({ toolResults }) => toolResults.map(({ output }) => output));
  if (view.tools.some(({ name }) => name === 'ask_director')) {
    return results.length === 0 ? calls(['ask_director', { prompt: 'p' }]) : says('It is rendered.');
  }
  if (results.length === 0) return calls(['render', { script: 'a' }]);
  return says(JSON.stringify(results).includes('url') ? 'Rendered.' : 'Working on it.');
}

describe('a plain tool that runs an agent with async tools', () => {
  it('is a failed call that says why, without a checkpointer, and never an answer', () =>
    playScene({ model: [...family, says('I could not.')] }, async (scene) => {
      const parent = createAgent({ model: scene.model, tools: [director(scene)] });
      const state = await parent.invoke({ messages: [asks()] }, thread());
      expect(directorSays(state)).toMatchObject([{ status: 'error', content: expect.stringContaining(pendingError) }]);
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('interrupts the run at the top, with a checkpointer there, and answers when it is resumed', () =>
    playScene({ model: [...family, says('Rendered at u.'), says('It is at u.')] }, async (scene) => {
      const parent = createAgent({ model: scene.model, tools: [director(scene)], checkpointer: new MemorySaver() });
      const state = await parent.invoke({ messages: [asks()] }, thread());
      expect(scene.request(state).functionCall.name).toBe('render');
      expect(directorSays(state)).toEqual([]);
      const told = await parent.invoke(resume(await scene.answers(state, done('u'))), thread());
      expect(shown(scene.sent(2))).toEqual({ a: { url: 'u' } });
      expect(directorSays(told)).toMatchObject([{ content: 'Rendered at u.' }]);
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(asyncFunctionRequests(told)).toEqual([]);
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('interrupts the run at the top also where the tool passes its config on', () =>
    playScene({ model: [...family, says('Rendered at u.'), says('It is at u.')] }, async (scene) => {
      const child = createAgent({ model: scene.model, ...scene.later.wrap({ tools: [scene.render()] }) });
      const asking = tool(
        async ({ prompt }: { prompt: string }, config) =>
          (await child.invoke({ messages: [new HumanMessage(prompt)] }, config)).messages.at(-1)?.text,
        directorTool,
      );
      const parent = createAgent({ model: scene.model, tools: [asking], checkpointer: new MemorySaver() });
      const state = await parent.invoke({ messages: [asks()] }, thread());
      const told = await parent.invoke(resume(await scene.answers(state, done('u'))), thread());
      expect(directorSays(told)).toMatchObject([{ content: 'Rendered at u.' }]);
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('goes on working beside a call of its own that answers at once', () =>
    playScene(
      { model: [...family, says('Rendered at u.'), says('Both are there.')].with(0, bothCalls) },
      async (scene) => {
        const { weather, runs } = createWeather();
        const tools = [director(scene), weather];
        const parent = createAgent({ model: scene.model, tools, checkpointer: new MemorySaver() });
        const state = await parent.invoke({ messages: [asks()] }, thread());
        await parent.invoke(resume(await scene.answers(state, done('u'))), thread());
        expect(shown(scene.sent())).toEqual({ p: 'Rendered at u.', Rome: 'Clear in Rome.' });
        expect(runs()).toBe(1);
      },
    ));

  it('is a failed call also with a checkpointer, if the child is told to suspend', () =>
    playScene({ model: [...family, says('I could not.')] }, async (scene) => {
      const tools = [director(scene, { whilePending: 'suspend' })];
      const parent = createAgent({ model: scene.model, tools, checkpointer: new MemorySaver() });
      const state = await parent.invoke({ messages: [asks()] }, thread());
      expect(directorSays(state)).toMatchObject([{ status: 'error', content: expect.stringContaining(pendingError) }]);
    }));

  it('does not take what a child says while it works on for its answer, with a checkpointer', () =>
    playScene({ model: workingOn }, async (scene) => {
      const tools = [director(scene, { mode: 'continue' })];
      const parent = createAgent({ model: scene.model, tools, checkpointer: new MemorySaver() });
      const state = await parent.invoke({ messages: [asks()] }, thread());
      expect(scene.request(state).functionCall.name).toBe('render');
      expect(directorSays(state)).toEqual([]);
      const told = await parent.invoke(resume(await scene.answers(state, done('u'))), thread());
      expect(directorSays(told)).toMatchObject([{ content: 'Rendered.' }]);
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('does not ask the model of such a child again while nothing has come', () =>
    playScene({ model: workingOn }, async (scene) => {
      const tools = [director(scene, { mode: 'continue' })];
      const parent = createAgent({ model: scene.model, tools, checkpointer: new MemorySaver() });
      await parent.invoke({ messages: [asks()] }, thread());
      const asked = scene.server.requests.length;
      for (const _ of ['once', 'twice', 'three times']) await parent.invoke(resume(true), thread());
      expect(scene.server.requests).toHaveLength(asked);
    }));

  it('does not take what a child says while it works on for its answer, without a checkpointer', () =>
    playScene({ model: [...family, says('Working on it.'), says('I could not.')] }, async (scene) => {
      const parent = createAgent({ model: scene.model, tools: [director(scene, { mode: 'continue' })] });
      const state = await parent.invoke({ messages: [asks()] }, thread());
      expect(directorSays(state)).toMatchObject([{ status: 'error', content: expect.stringContaining(pendingError) }]);
    }));
});

describe('two children of one turn with the same prompt', () => {
  const twins = (view: ModelView) => {
    const results = view.messages.flatMap(({ toolResults }) => toolResults.map(({ output }) => output));
    const isParent = view.tools.some(({ name }) => name === 'ask_director');
    if (results.length > 0) return says(results.map((result) => JSON.stringify(result)).join(' and '));
    return isParent
      ? calls(['ask_director', { prompt: 'p' }], ['ask_director', { prompt: 'p' }])
      : calls(['render', { script: 'a' }]);
  };
  const play = (go: (scene: Scene, parent: ReturnType<typeof parentOf>, state: Conversation) => Promise<void>) =>
    playScene({ model: twins }, async (scene) => {
      const parent = parentOf(scene);
      const state = await parent.invoke({ messages: [asks()] }, thread());
      expect(asyncFunctionRequests(state)).toHaveLength(2);
      expect(new Set(scene.outside.jobs.map(({ id }) => id)).size).toBe(2);
      await go(scene, parent, state);
      expect(scene.outside.log.map(({ type }) => type)).toEqual(['submitted', 'submitted']);
    });
  const parentOf = (scene: Scene) =>
    createAgent({ model: scene.model, tools: [director(scene)], checkpointer: new MemorySaver() });
  // Both run at once: which of them was interrupted first, nobody knows.
  const bothSay = (told: Parameters<typeof directorSays>[0]) =>
    directorSays(told)
      .map(({ text }) => text)
      .toSorted();

  it('each take their own of the responses that the run is resumed with', () =>
    play(async (scene, parent, state) => {
      const told = await parent.invoke(resume(await scene.answers(state, done('u'), done('v'))), thread());
      expect(bothSay(told)).toEqual(['{"url":"u"}', '{"url":"v"}']);
    }));

  it('are resumed one by one, by the id of each interrupt', () =>
    play(async (scene, parent, state) => {
      const [first, second] = await scene.answers(state, done('u'), done('v'));
      const [one = '', other = ''] = interruptIds(state);
      const waiting = await parent.invoke(resume({ [other]: [second] }), thread());
      expect(interruptIds(waiting)).toEqual([one]);
      const told = await parent.invoke(resume({ [one]: [first] }), thread());
      expect(bothSay(told)).toEqual(['{"url":"u"}', '{"url":"v"}']);
    }));

  it('do not take the response of the other', () =>
    play(async (scene, parent, state) => {
      const [first, second] = await scene.answers(state, done('u'), done('v'));
      const waiting = await parent.invoke(resume([second]), thread());
      expect(scene.request(waiting).id).toBe(asyncFunctionRequests(state)[0]?.id);
      const told = await parent.invoke(resume([first]), thread());
      expect(bothSay(told)).toEqual(['{"url":"u"}', '{"url":"v"}']);
    }));
});

describe('an agent that is a node of a graph', () => {
  const graphOf = (scene: Scene, later = scene.later) => {
    const agent = createAgent({ model: scene.model, ...later.wrap({ tools: [scene.render()] }) });
    return new StateGraph(MessagesAnnotation)
      .addNode('agent', agent.graph)
      .addEdge(START, 'agent')
      .addEdge('agent', END);
  };
  const model = [calls(['render', { script: 'a' }]), says('It is at u.'), says('You are welcome.')];

  it('interrupts the graph, answers when it is resumed, and reads its history right in the next turn', () =>
    playScene({ model }, async (scene) => {
      const graph = graphOf(scene).compile({ checkpointer: new MemorySaver() });
      const state = await graph.invoke({ messages: [asks()] }, thread());
      const told = await graph.invoke(new Command({ resume: await scene.answers(state, done('u')) }), thread());
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      const next = await graph.invoke({ messages: [asks('Thank you.')] }, thread());
      expect(next.messages.at(-1)?.text).toBe('You are welcome.');
      expect(shown(scene.sent())).toEqual({ a: { url: 'u' } });
      expect(asyncFunctionRequests(next)).toEqual([]);
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('reads its history right after a restart too, with the same secret', () =>
    playScene({ model, runtime: { secret } }, async (scene) => {
      const checkpointer = new MemorySaver();
      const compiled = (later?: Latecall) => graphOf(scene, later).compile({ checkpointer });
      const state = await compiled().invoke({ messages: [asks()] }, thread());
      await compiled().invoke(new Command({ resume: await scene.answers(state, done('u')) }), thread());
      await compiled(createLatecall({ secret })).invoke({ messages: [asks('Thank you.')] }, thread());
      expect(shown(scene.sent())).toEqual({ a: { url: 'u' } });
    }));

  it('fails without a checkpointer, and says what is missing', () =>
    playScene({ model }, async (scene) => {
      const failed = await graphOf(scene)
        .compile()
        .invoke({ messages: [asks()] }, thread())
        .catch((error: unknown) => error);
      expect(PendingError.isInstance(failed)).toBe(true);
      expect(String(failed)).toContain('checkpointer');
    }));
});

describe('an async tool that starts an agent with async tools', () => {
  it('lets it suspend like any other, and takes what it says at last for the result', () =>
    playScene({ model: [...family, says('Rendered at u.'), says('It is at u.')] }, async (scene) => {
      const { later, model } = scene;
      const child = createAgent({ model, ...later.wrap({ tools: [scene.render()] }) });
      const started = new Map<string, Promise<{ messages: BaseMessage[] }>>();
      const director = asyncTool({
        name: 'ask_director',
        inputSchema: z.object({ prompt: z.string() }),
        resultSchema: z.string(),
        dispatch: ({ prompt }, { id }) => {
          started.set(id, child.invoke({ messages: [new HumanMessage(prompt)] }, thread(`child-${id}`)));
          return { started: true };
        },
      });
      const tools = [director];
      const parent = createAgent({ model, ...later.wrap({ tools }), checkpointer: new MemorySaver() });

      const state = await parent.invoke({ messages: [asks()] }, thread());
      const { id } = scene.request(state);
      const waiting = (await started.get(id)) ?? { messages: [] };
      expect(scene.request(waiting).functionCall.name).toBe('render');
      const messages = [...waiting.messages, ...(await scene.answers(waiting, done('u')))];
      const finished = await child.invoke({ messages }, thread(`child-${id}`));
      const result = finished.messages.at(-1)?.text ?? '';
      await later.settle({ tools, id, scope: { thread: 'thread-1' }, outcome: { status: 'completed', result } });

      const told = await parent.invoke({ messages: [] }, thread());
      expect(shown(scene.sent())).toEqual({ p: 'Rendered at u.' });
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(scene.submissions()).toEqual({ a: 1 });
    }));
});

/** A plain tool whose function runs a child agent and answers with its last words. */
function director(scene: Scene, options: Partial<WrapOptions<[], []>> = {}) {
  const child = createAgent({ model: scene.model, ...scene.later.wrap({ ...options, tools: [scene.render()] }) });
  return tool(async ({ prompt }: { prompt: string }) => {
    const { messages } = await child.invoke({ messages: [new HumanMessage(prompt)] });
    return messages.at(-1)?.text ?? '';
  }, directorTool);
}

const directorTool = { name: 'ask_director', description: 'Asks one', schema: z.object({ prompt: z.string() }) };
const pendingError = 'PendingError';
const resume = (value: unknown) => new Command({ resume: value });

function directorSays({ messages }: { messages: readonly BaseMessage[] }) {
  return messages.filter(({ type, name }) => type === 'tool' && name === 'ask_director');
}

function interruptIds(state: Conversation): string[] {
  const { __interrupt__: interrupts = [] } = state as { __interrupt__?: { id: string }[] };
  return interrupts.map(({ id }) => id);
}
