import assert from 'node:assert/strict';
import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import { AWAIT_ASYNC_RESULT } from '@latecall/core';
import { createAgent, fakeModel } from 'langchain';
import { describe, expect, it } from 'vitest';
import { asks, calls, createWeather, done, playScene, type Scene, says, thread } from '../test/fixtures.ts';

for (const api of ['chat', 'responses'] as const) {
  for (const streaming of [false, true]) {
    describe(`the requests to OpenAI’s ${api} API, ${streaming ? 'streamed' : 'at once'}`, () => {
      it('answer each call once, with the result in the place of the placeholder', () =>
        playScene(
          {
            model: [
              calls(['render', { script: 'a' }], ['weather', { city: 'Rome' }], ['render', { script: 'b' }]),
              says('Done.'),
            ],
            api,
            streaming,
          },
          async (scene) => {
            const send = converse(scene, streaming);
            const paused = await send(asks('Render a and b.'));
            await send(...(await scene.answers(paused, done('u'), done('v'))));
            expect(scene.server.requests.map(({ body }) => (body as Body).stream === true)).toEqual([
              streaming,
              streaming,
            ]);
            expect(turnsIn(scene, api)).toEqual([
              ['render', '{"url":"u"}'],
              ['weather', 'Clear in Rome.'],
              ['render', '{"url":"v"}'],
            ]);
          },
        ));

      it('answer each call once where a result comes late, behind what was sent before', () =>
        playScene(
          {
            model: [calls(['render', { script: 'a' }]), says('Not yet.'), says('At u.'), says('Bye.')],
            api,
            streaming,
          },
          async (scene) => {
            const send = converse(scene, streaming);
            await send(asks());
            const moved = await send(asks('Ready?'));
            const before = partsIn(scene);
            await send(...(await scene.answers(moved, done('u'))));
            const placeholder = expect.stringContaining('"status":"dispatched"');
            const turns = [
              ['render', placeholder],
              [AWAIT_ASYNC_RESULT, '{"url":"u"}'],
            ];
            expect(turnsIn(scene, api)).toEqual(turns);
            expect(partsIn(scene).slice(0, before.length)).toEqual(before);
            await send(asks('Thanks.'));
            expect(turnsIn(scene, api)).toEqual(turns);
            expect(scene.submissions()).toEqual({ a: 1 });
          },
        ));
    });
  }
}

describe('a prompt', () => {
  it('holds nothing of ours, also for a model that would send on all it is given', () =>
    playScene({ model: [] }, async (scene) => {
      const call = { type: 'tool_call' as const, id: 'call_1', name: 'render', args: { script: 'a' } };
      const model = fakeModel()
        .respond(new AIMessage({ content: '', tool_calls: [call] }))
        .respond(new AIMessage('Not yet.'))
        .respond(new AIMessage('It is at u.'))
        .respond(new AIMessage('You are welcome.'));
      const agent = createAgent({ model, ...scene.later.wrap({ tools: [scene.render()] }) });
      const send = async (messages: BaseMessage[]) => (await agent.invoke({ messages }, thread())).messages;
      const moved = await send([...(await send([asks()])), asks('Ready?')]);
      const told = await send([...moved, ...(await scene.answers(moved, done('u')))]);
      await send([...told, asks('Thanks.')]);
      const [job] = scene.outside.jobs;
      const ours = ['latecall', 'async-function', 'consumption', 'artifact', 'job_1', job?.idempotencyKey ?? ''];
      for (const { messages } of model.calls) {
        const prompt = JSON.stringify(messages);
        expect(ours.filter((word) => prompt.includes(word))).toEqual([]);
      }
      expect(model.calls).toHaveLength(4);
    }));
});

/** Sends messages to one conversation, with all messages before. */
function converse(scene: Scene, streaming: boolean) {
  const tools = [scene.render(), createWeather().weather];
  const agent = createAgent({ model: scene.model, ...scene.later.wrap({ tools }) });
  let before: BaseMessage[] = [];
  return async (...added: BaseMessage[]): Promise<BaseMessage[]> => {
    const messages = [...before, ...added];
    if (!streaming) before = (await agent.invoke({ messages }, thread())).messages;
    else {
      const streamMode = ['messages', 'values'] as ('messages' | 'values')[];
      for await (const [mode, chunk] of await agent.stream({ messages }, { ...thread(), streamMode })) {
        if (mode === 'values') before = (chunk as { messages: BaseMessage[] }).messages;
      }
    }
    return before;
  };
}

interface Body {
  readonly stream?: boolean;
  /** Of the chat API. */
  readonly messages?: readonly ChatMessage[];
  /** Of the responses API. */
  readonly input?: readonly Item[];
}

interface ChatMessage {
  readonly tool_calls?: readonly { readonly id: string; readonly function: { readonly name: string } }[];
  readonly tool_call_id?: string;
  readonly content?: string;
}

interface Item {
  readonly type: string;
  readonly call_id?: string;
  readonly name?: string;
  readonly output?: string;
}

function partsIn(scene: Scene): readonly (ChatMessage | Item)[] {
  const { messages, input } = JSON.parse(scene.sent()) as Body;
  const parts = messages ?? input;
  assert.ok(parts !== undefined);
  return parts;
}

/** The calls in the last request, in their order, each with its only answer. */
function turnsIn(scene: Scene, api: 'chat' | 'responses'): [name: string | undefined, answer: string | undefined][] {
  const { made, answers } = api === 'chat' ? chatCalls(scene) : responsesCalls(scene);
  expect(answers.map(([id]) => id)).toEqual(expect.arrayContaining(made.map(([id]) => id)));
  expect(answers).toHaveLength(made.length);
  return made.map(([id, name]) => [name, answers.find(([answered]) => answered === id)?.[1]]);
}

type Pairs = (readonly [id: string | undefined, text: string | undefined])[];

function chatCalls(scene: Scene): { made: Pairs; answers: Pairs } {
  const messages = partsIn(scene) as readonly ChatMessage[];
  return {
    made: messages.flatMap(({ tool_calls: made = [] }) => made.map((call) => [call.id, call.function.name] as const)),
    answers: messages.flatMap(({ tool_call_id: id, content }) => (id === undefined ? [] : [[id, content] as const])),
  };
}

function responsesCalls(scene: Scene): { made: Pairs; answers: Pairs } {
  const items = partsIn(scene) as readonly Item[];
  const of = (type: string) => items.filter((item) => item.type === type);
  return {
    made: of('function_call').map(({ call_id: id, name }) => [id, name] as const),
    answers: of('function_call_output').map(({ call_id: id, output }) => [id, output] as const),
  };
}
