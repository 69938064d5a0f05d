import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import { MemorySaver } from '@langchain/langgraph';
import { createAgent, fakeModel } from 'langchain';
import { describe, expect, it } from 'vitest';
import { asks, done, playScene, type Scene, thread } from '../test/fixtures.ts';
import { createMemoryStore } from './index.ts';

/** Some providers number the calls of each answer anew. OpenAI refuses a history with one id twice, so the model is a fake. */
for (const kept of [true, false]) {
  for (const store of ['the ledger', 'a store of the app']) {
    const runtime = () => (store === 'the ledger' ? {} : { store: createMemoryStore() });

    describe(`call ids used in two turns, ${kept ? 'with' : 'without'} a checkpointer, with ${store}`, () => {
      it('get each its own result', () =>
        playScene({ model: [], runtime: runtime() }, async (scene) => {
          const model = fakeModel()
            .respond(calling(['call_0', 'a']))
            .respond(new AIMessage('a is at u.'))
            .respond(calling(['call_0', 'b']))
            .respond(new AIMessage('b is at v.'));
          const send = converse({ scene, model, kept });
          const first = await send(asks());
          await send(...(await scene.answers(first, done('u'))));
          const second = await send(asks('And b.'));
          expect(scene.request(second).functionCall.arguments).toEqual({ script: 'b' });
          const told = await send(...(await scene.answers(second, done('v'))));
          expect(told.messages.at(-1)?.text).toBe('b is at v.');
          expect(resultsOf(model.calls.at(-1)?.messages)).toEqual(['{"url":"u"}', '{"url":"v"}']);
          expect(scene.submissions()).toEqual({ a: 1, b: 1 });
        }));

      it('are all dispatched where only one of the later turn was used before', () =>
        playScene({ model: [], runtime: runtime() }, async (scene) => {
          const model = fakeModel()
            .respond(calling(['call_0', 'a']))
            .respond(new AIMessage('a is at u.'))
            .respond(calling(['call_0', 'b'], ['call_1', 'c']));
          const send = converse({ scene, model, kept });
          const first = await send(asks());
          await send(...(await scene.answers(first, done('u'))));
          await send(asks('And b and c.'));
          expect(scene.submissions()).toEqual({ a: 1, b: 1, c: 1 });
        }));
    });
  }
}

function calling(...made: readonly (readonly [id: string, script: string])[]): AIMessage {
  const calls = made.map(([id, script]) => ({ type: 'tool_call' as const, id, name: 'render', args: { script } }));
  return new AIMessage({ content: '', tool_calls: calls });
}

function converse({ scene, model, kept }: { scene: Scene; model: ReturnType<typeof fakeModel>; kept: boolean }) {
  const wrapped = scene.later.wrap({ tools: [scene.render()] });
  const agent = createAgent({ model, ...wrapped, ...(kept ? { checkpointer: new MemorySaver() } : {}) });
  let before: BaseMessage[] = [];
  return async (...messages: BaseMessage[]) => {
    const state = await agent.invoke({ messages: kept ? messages : [...before, ...messages] }, thread());
    before = state.messages;
    return state;
  };
}

const resultsOf = (messages: readonly BaseMessage[] = []) =>
  messages.filter(({ type }) => type === 'tool').map(({ text }) => text);
