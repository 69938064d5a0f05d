import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessage, type BaseMessage, SystemMessage } from '@langchain/core/messages';
import { MemorySaver } from '@langchain/langgraph';
import {
  type AgentMiddleware,
  ClearToolUsesEdit,
  type ContextEdit,
  contextEditingMiddleware,
  createAgent,
  createMiddleware,
  fakeModel,
  modelRetryMiddleware,
  summarizationMiddleware,
  toolRetryMiddleware,
} from 'langchain';
import { describe, expect, it } from 'vitest';
import { asks, calls, done, playScene, type Scene, says, thread } from '../test/fixtures.ts';
import { type AnyTool, type AsyncToolContext, createAsyncFunctionResponse } from './index.ts';

/** Retries at once. */
const now = { maxRetries: 2, initialDelayMs: 0, backoffFactor: 0, jitter: false };

for (const kept of [true, false]) {
  describe(`middleware of LangChain ${kept ? 'with' : 'without'} a checkpointer`, () => {
    it('that summarizes an open call away does not lose its result', () =>
      playScene(
        { model: [calls(['render', { script: 'a' }]), says('Not yet.'), says('It is at u.'), says('Bye.')] },
        async (scene) => {
          const summarizer = summarizing(fakeModel().respond(new AIMessage('They wait for a video.')));
          const send = converse({ scene, kept, middleware: [summarizer.middleware] });
          const request = scene.request(await send(asks()));
          summarizer.summarizeNext();
          const summarized = await send(asks('Done?'));
          expect(summarized.messages.map(({ type }) => type)).toEqual(['human', 'human', 'ai']);
          const response = createAsyncFunctionResponse({ request, outcome: done('u') });
          await send(...(await scene.later.asyncFunctionResponseMessages(response)));
          const told = promptOf(scene);
          expect(told.slice(-2)).toMatchObject([
            { role: 'assistant', tool_calls: [{ function: { name: 'await_async_result' } }] },
            { role: 'tool', content: '{"url":"u"}' },
          ]);
          await send(asks('Thanks.'));
          expect(promptOf(scene).slice(0, told.length)).toEqual(told);
          expect(count(scene, 'task.consumed')).toBe(1);
        },
      ));

    it('that summarizes reads nothing that is not meant for models', () =>
      playScene(
        { model: [calls(['render', { script: 'a' }]), says('They wait for a video.'), says('Not yet.')] },
        async (scene) => {
          const summarizer = summarizing(scene.model);
          const send = converse({ scene, kept, middleware: [summarizer.middleware] });
          await send(asks());
          summarizer.summarizeNext();
          await send(asks('Done?'));
          expect(scene.sent(2)).toContain('Messages to summarize');
          expect(scene.sent(2)).not.toContain('latecall');
        },
      ));

    it('that clears old results is not overruled', () =>
      playScene({ model: [calls(['render', { script: 'a' }]), says('It is at u.'), says('Bye.')] }, async (scene) => {
        const edit = new ClearToolUsesEdit({ trigger: { tokens: 1 }, keep: { messages: 0 } });
        const edits: ContextEdit[] = [];
        const clearing = contextEditingMiddleware({ edits });
        const send = converse({ scene, kept, middleware: [clearing] });
        await send(...(await scene.answers(await send(asks()), done('u'))));
        expect(scene.sent()).toContain('{\\"url\\":\\"u\\"}');
        edits.push(edit);
        await send(asks('Thanks.'));
        expect(scene.sent()).toContain('[cleared]');
        expect(scene.sent()).not.toContain('{\\"url\\":\\"u\\"}');
      }));

    it('that clears old results does not swallow one that is new', () =>
      playScene({ model: [calls(['render', { script: 'a' }]), says('It is at u.')] }, async (scene) => {
        const edits = [new ClearToolUsesEdit({ trigger: { tokens: 1 }, keep: { messages: 1 } })];
        const send = converse({ scene, kept, middleware: [contextEditingMiddleware({ edits })] });
        await send(...(await scene.answers(await send(asks()), done('u'))));
        expect(scene.sent()).toContain('{\\"url\\":\\"u\\"}');
      }));

    it('that retries the model sends the same again, and tells a result once', () =>
      playScene(
        { model: [calls(['render', { script: 'a' }]), { status: 500 }, says('It is at u.')] },
        async (scene) => {
          const send = converse({ scene, kept, middleware: [modelRetryMiddleware(now)] });
          const told = await send(...(await scene.answers(await send(asks()), done('u'))));
          expect(told.messages.at(-1)?.text).toBe('It is at u.');
          expect(scene.sent(1)).toBe(scene.sent(2));
          expect(count(scene, 'task.consumed')).toBe(1);
        },
      ));

    it('that retries the model sends the same again where the result comes late', () =>
      playScene(
        {
          model: [calls(['render', { script: 'a' }]), says('Not yet.'), { status: 500 }, says('It is at u.')],
        },
        async (scene) => {
          const send = converse({ scene, kept, middleware: [modelRetryMiddleware(now)] });
          const request = scene.request(await send(asks()));
          await send(asks('Done?'));
          const response = createAsyncFunctionResponse({ request, outcome: done('u') });
          const told = await send(...(await scene.later.asyncFunctionResponseMessages(response)));
          expect(told.messages.at(-1)?.text).toBe('It is at u.');
          expect(scene.sent(1)).toBe(scene.sent(2));
          expect(count(scene, 'task.consumed')).toBe(1);
        },
      ));

    it('that retries tools gives the outside the same key, where the tool throws', () =>
      playScene({ model: [calls(['render', { script: 'a' }]), says('It is at u.')] }, async (scene) => {
        const { keys, dispatch } = failingOnce(scene);
        const tools = [scene.render({ onDispatchError: 'throw', dispatch } as object)];
        const send = converse({ scene, kept, tools, middleware: [toolRetryMiddleware(now)] });
        const told = await send(...(await scene.answers(await send(asks()), done('u'))));
        expect(told.messages.at(-1)?.text).toBe('It is at u.');
        expect(keys).toEqual([keys[0], keys[0]]);
        expect(scene.submissions()).toEqual({ a: 1 });
      }));

    it('that retries tools has nothing to do where the tool tells the model', () =>
      playScene({ model: [calls(['render', { script: 'a' }]), says('The farm is full.')] }, async (scene) => {
        const { keys, dispatch } = failingOnce(scene);
        const tools = [scene.render({ dispatch } as object)];
        const send = converse({ scene, kept, tools, middleware: [toolRetryMiddleware(now)] });
        const { messages } = await send(asks());
        expect(messages.at(-1)?.text).toBe('The farm is full.');
        expect(messages.at(-2)).toMatchObject({
          status: 'error',
          content: expect.stringContaining('the farm is full'),
        });
        expect(keys).toHaveLength(1);
      }));

    it('around tools leaves a dispatch that fails to the model, and its sibling pending', () =>
      playScene(
        { model: [calls(['broken', { script: 'b' }], ['render', { script: 'a' }]), says('b failed, a is at u.')] },
        async (scene) => {
          const dispatch = () => {
            throw new Error('the farm is full');
          };
          const broken = scene.render({ name: 'broken', dispatch } as object);
          const passing = createMiddleware({ name: 'Passing', wrapToolCall: (request, handler) => handler(request) });
          const send = converse({ scene, kept, tools: [broken, scene.render()], middleware: [passing] });
          const paused = await send(asks());
          expect(scene.request(paused).functionCall.name).toBe('render');
          const told = await send(...(await scene.answers(paused, done('u'))));
          expect(told.messages.at(-1)?.text).toBe('b failed, a is at u.');
          expect(scene.sent()).toContain('could not be dispatched: the farm is full');
          expect(scene.submissions()).toEqual({ a: 1 });
        },
      ));
  });
}

describe('middleware of the app', () => {
  it('that edits the messages of a model call has its way', () =>
    playScene({ model: [calls(['render', { script: 'a' }]), says('It is at u.')] }, async (scene) => {
      const editing = createMiddleware({
        name: 'Editing',
        wrapModelCall: (request, handler) =>
          handler({ ...request, messages: [new SystemMessage('Be brief.'), ...request.messages] }),
      });
      const send = converse({ scene, kept: true, middleware: [editing] });
      await send(...(await scene.answers(await send(asks()), done('u'))));
      expect(promptOf(scene)).toMatchObject([
        { content: 'Be brief.' },
        { role: 'user' },
        { role: 'assistant' },
        { role: 'tool', content: '{"url":"u"}' },
      ]);
    }));

  it('that drops old messages of a model call still gets a result told', () =>
    playScene({ model: [calls(['render', { script: 'a' }]), says('Not yet.'), says('It is at u.')] }, async (scene) => {
      const trimming = createMiddleware({
        name: 'Trimming',
        wrapModelCall: (request, handler) => handler({ ...request, messages: sinceLastUser(request.messages) }),
      });
      const send = converse({ scene, kept: true, middleware: [trimming] });
      const paused = await send(asks());
      const answers = await scene.answers(paused, done('u'));
      await send(asks('Done?'));
      const told = await send(...answers);
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(scene.sent()).toContain('{\\"url\\":\\"u\\"}');
    }));

  it('prepares a model call only where there is one', () =>
    playScene({ model: [calls(['render', { script: 'a' }]), says('It is at u.')] }, async (scene) => {
      let prepared = 0;
      const preparing = createMiddleware({
        name: 'Preparing',
        beforeModel: () => {
          prepared += 1;
        },
      });
      const send = converse({ scene, kept: true, middleware: [preparing] });
      const paused = await send(asks());
      expect(prepared).toBe(1);
      await send(...(await scene.answers(paused, done('u'))));
      expect(prepared).toBe(2);
    }));

  it('runs after the agent when the work is over, and not when it waits', () =>
    playScene({ model: [calls(['render', { script: 'a' }]), says('It is at u.')] }, async (scene) => {
      const ended: string[] = [];
      const ending = createMiddleware({
        name: 'Ending',
        afterAgent: ({ messages }) => void ended.push(messages.at(-1)?.text ?? ''),
      });
      const send = converse({ scene, kept: true, middleware: [ending] });
      const paused = await send(asks());
      expect(ended).toEqual([]);
      await send(...(await scene.answers(paused, done('u'))));
      expect(ended).toEqual(['It is at u.']);
    }));
});

/** Summarizes all messages but the last, before the next model call that it is told of. */
function summarizing(model: BaseChatModel) {
  let due = false;
  const tokenCounter = () => {
    const tokens = due ? 1 : 0;
    due = false;
    return tokens;
  };
  const middleware = summarizationMiddleware({ model, tokenCounter, trigger: { tokens: 1 }, keep: { messages: 1 } });
  const summarizeNext = () => {
    due = true;
  };
  return { middleware, summarizeNext };
}

/** A tool whose first dispatch fails, with the keys that it was given. */
function failingOnce({ outside }: Scene) {
  const keys: string[] = [];
  const dispatch = (input: unknown, { id, idempotencyKey }: AsyncToolContext) => {
    keys.push(idempotencyKey);
    if (keys.length === 1) throw new Error('the farm is full');
    return outside.submit({ id, idempotencyKey, input });
  };
  return { keys, dispatch };
}

/** Sends messages to one conversation: of a thread that is kept, or with all messages each time. */
function converse(setup: {
  scene: Scene;
  kept: boolean;
  tools?: readonly AnyTool[];
  middleware: readonly AgentMiddleware[];
}) {
  const { scene, kept, tools = [scene.render()], middleware } = setup;
  const agent = createAgent({
    model: scene.model,
    ...scene.later.wrap({ tools, middleware }),
    ...(kept ? { checkpointer: new MemorySaver() } : {}),
  });
  let before: BaseMessage[] = [];
  return async (...messages: BaseMessage[]) => {
    const state = await agent.invoke({ messages: kept ? messages : [...before, ...messages] }, thread());
    before = state.messages;
    return state;
  };
}

/** The messages that the provider was sent last. */
function promptOf(scene: Scene): unknown[] {
  const { messages } = JSON.parse(scene.sent()) as { messages: unknown[] };
  return messages;
}

const sinceLastUser = (messages: BaseMessage[]) =>
  messages.slice(messages.findLastIndex(({ type }) => type === 'human'));

const count = ({ audit }: Scene, type: string) => audit.filter((event) => event.type === type).length;
