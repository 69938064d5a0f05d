import assert from 'node:assert/strict';
import type { BaseMessage } from '@langchain/core/messages';
import { MemorySaver } from '@langchain/langgraph';
import type { Json } from '@latecall/core';
import type { ModelPolicy } from '@latecall/testing';
import { createAgent } from 'langchain';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asks, calls, done, playScene, type Scene, says, thread } from '../test/fixtures.ts';
import {
  type AnyTool,
  type AsyncFunctionRequest,
  type AsyncFunctionResponse,
  asyncFunctionOutcomes,
  asyncFunctionRequests,
  createAsyncFunctionResponse,
  type Mode,
  type Outcome,
  ResponseRefusedError,
} from './index.ts';

const scope = { thread: 'thread-1' };

for (const kept of [true, false]) {
  describe(`deliveries ${kept ? 'with' : 'without'} a checkpointer`, () => {
    it('of one result twice tell it once', () =>
      playScene({ model: [calls(['render', { script: 'a' }]), says('It is at u.')] }, async (scene) => {
        const send = converse(scene, kept);
        const request = scene.request(await send(asks()));
        const told = await send(
          ...(await carry(scene, request, done('u'))),
          ...(await carry(scene, request, done('u'))),
        );
        expect(told.messages.at(-1)?.text).toBe('It is at u.');
        expect(scene.sent().split('{\\"url\\":\\"u\\"}')).toHaveLength(2);
      }));

    it('of two results for one call tell the first', () =>
      playScene({ model: [calls(['render', { script: 'a' }]), says('It is at u.')] }, async (scene) => {
        const send = converse(scene, kept);
        const request = scene.request(await send(asks()));
        await send(...(await carry(scene, request, done('u'))), ...(await carry(scene, request, done('v'))));
        expect(scene.sent()).toContain('{\\"url\\":\\"u\\"}');
        expect(scene.sent()).not.toContain('{\\"url\\":\\"v\\"}');
      }));

    for (const again of [done('u'), done('v')]) {
      it(`${again.status === 'completed' && JSON.stringify(again.result)} after {"url":"u"} was told: no model call, and nothing changes`, () =>
        playScene({ model: [calls(['render', { script: 'a' }]), says('It is at u.'), says('Bye.')] }, async (scene) => {
          const send = converse(scene, kept);
          const request = scene.request(await send(asks()));
          await send(...(await carry(scene, request, done('u'))));
          const before = promptOf(scene);
          const late = await send(...(await carry(scene, request, again)));
          expect(scene.server.requests).toHaveLength(2);
          expect(asyncFunctionRequests(late)).toEqual([]);
          await send(asks('Thanks.'));
          expect(promptOf(scene).slice(0, before.length)).toEqual(before);
          expect(scene.sent()).not.toContain('{\\"url\\":\\"v\\"}');
        }));
    }

    it('of a result twice make no model call while another call is pending', () =>
      playScene(
        { model: [calls(['render', { script: 'a' }], ['render', { script: 'b' }]), says('At u and v.')] },
        async (scene) => {
          const send = converse(scene, kept);
          const [a, b] = asyncFunctionRequests(await send(asks('Render a and b.')));
          assert.ok(a !== undefined && b !== undefined);
          await send(...(await carry(scene, a, done('u'))));
          const waiting = await send(...(await carry(scene, a, done('u'))));
          expect(scene.server.requests).toHaveLength(1);
          expect(asyncFunctionRequests(waiting).map(({ id }) => id)).toEqual([b.id]);
          const told = await send(...(await carry(scene, b, done('v'))));
          expect(told.messages.at(-1)?.text).toBe('At u and v.');
        },
      ));

    for (const [what, verdict, change] of [
      ['an unknown task', 'unknown', (right) => ({ ...right, id: 'task_made_up' })],
      [
        "another tool's call",
        'invalid',
        (right) => ({ ...right, functionCall: { ...right.functionCall, name: 'weather' } }),
      ],
      [
        'what is no result of the tool',
        'invalid',
        (right) => ({ ...right, outcome: { status: 'completed', result: { url: 42 } } }),
      ],
    ] satisfies [string, string, (right: AsyncFunctionResponse) => AsyncFunctionResponse][]) {
      it(`for ${what} are refused, and the right one is taken afterwards`, () =>
        playScene({ model: [calls(['render', { script: 'a' }]), says('It is at u.')] }, async (scene) => {
          const send = converse(scene, kept);
          const request = scene.request(await send(asks()));
          const wrong = change(createAsyncFunctionResponse({ request, outcome: done('u') }));
          await refused({ scene, kept, verdict, run: async () => send(...(await sign(scene, wrong))) });
          expect(scene.server.requests).toHaveLength(1);
          expect(await scene.later.pending(scope)).toHaveLength(1);
          const told = await send(...(await carry(scene, request, done('u'))));
          expect(told.messages.at(-1)?.text).toBe('It is at u.');
        }));
    }

    it('for an unknown task make no model call where the conversation is finished', () =>
      playScene({ model: [calls(['render', { script: 'a' }]), says('It is at u.')] }, async (scene) => {
        const send = converse(scene, kept);
        const request = scene.request(await send(asks()));
        await send(...(await carry(scene, request, done('u'))));
        const right = createAsyncFunctionResponse({ request, outcome: done('v') });
        const orphan = { ...right, id: 'task_made_up', functionCall: { callId: 'call_made_up', name: 'render' } };
        await refused({ scene, kept, verdict: 'unknown', run: async () => send(...(await sign(scene, orphan))) });
        expect(scene.server.requests).toHaveLength(2);
      }));

    for (const result of [false, 0, '', null]) {
      it(`of ${JSON.stringify(result)} are results like any other`, () =>
        playScene({ model: echo }, async (scene) => {
          const send = converse(scene, kept, [scene.render({ resultSchema: z.json() as never })]);
          const request = scene.request(await send(asks()));
          const told = await send(...(await carry(scene, request, { status: 'completed', result })));
          expect(told.messages.at(-1)?.text).toBe(`I was told ${JSON.stringify(result)}`);
          expect(asyncFunctionOutcomes(told)).toMatchObject([{ outcome: { status: 'completed', result } }]);
        }));
    }

    for (const [outcome, text] of [
      [{ status: 'failed', error: { message: 'The farm burned down.' } }, 'Failed: The farm burned down.'],
      [{ status: 'cancelled', reason: 'too dear' }, 'Cancelled (too dear). There is no result and there will be none.'],
    ] satisfies [Outcome, string][]) {
      it(`of a ${outcome.status} task tell the model so`, () =>
        playScene({ model: echo }, async (scene) => {
          const send = converse(scene, kept);
          const told = await send(...(await carry(scene, scene.request(await send(asks())), outcome)));
          expect(told.messages.at(-1)?.text).toBe(`I was told ${JSON.stringify(text)}`);
          expect(asyncFunctionOutcomes(told)).toMatchObject([{ outcome }]);
        }));
    }

    it('whose onResult throws are failures', () =>
      playScene({ model: echo }, async (scene) => {
        const onResult = () => {
          throw new Error('The download broke.');
        };
        const send = converse(scene, kept, [scene.render({ onResult })]);
        const told = await send(...(await carry(scene, scene.request(await send(asks())), done('u'))));
        expect(told.messages.at(-1)?.text).toMatch(/^I was told "Failed: .*The download broke\./);
      }));

    for (const mode of ['suspend', 'continue'] satisfies Mode[]) {
      it(`in mode ${mode}: a result that comes after the user spoke is told behind that`, () =>
        playScene({ model: patient }, async (scene) => {
          const send = converse(scene, kept, [scene.render()], mode);
          const request = scene.request(await send(asks()));
          const asked = await send(asks('Are you there?'));
          expect(asked.messages.at(-1)?.text).toBe('Not done yet.');
          expect(scene.request(asked).id).toBe(request.id);
          const before = promptOf(scene);
          const told = await send(...(await carry(scene, request, done('u'))));
          expect(told.messages.at(-1)?.text).toBe('It is at u.');
          expect(promptOf(scene).slice(0, before.length)).toEqual(before);
          expect(scene.submissions()).toEqual({ a: 1 });
        }));
    }
  });
}

describe('a conversation in messages', () => {
  it('goes on where the app keeps no ids of messages', () =>
    playScene({ model: [calls(['render', { script: 'a' }]), says('It is at u.')] }, async (scene) => {
      const agent = createAgent({ model: scene.model, ...scene.later.wrap({ tools: [scene.render()] }) });
      const paused = await agent.invoke({ messages: [asks()] }, thread());
      const answers = await scene.answers(paused, done('u'));
      const messages = [...paused.messages, ...answers].map((message) => {
        const copy = Object.assign(Object.create(Object.getPrototypeOf(message)), message) as BaseMessage;
        delete copy.id;
        return copy;
      });
      const told = await agent.invoke({ messages }, thread());
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('never begins with a call that has no id', () =>
    playScene({ model: [] }, async (scene) => {
      const [render] = scene.later.wrap({ tools: [scene.render()], scope }).tools;
      const withoutId = { type: 'tool_call' as const, name: 'render', args: { script: 'a' } };
      for (const input of [{ script: 'a' }, withoutId, { ...withoutId, id: '' }]) {
        await assert.rejects(render.invoke(input as never), { code: 'call_without_id' });
      }
      expect(scene.outside.log).toEqual([]);
    }));
});

/** Renders, and then says what it was told. */
const echo: ModelPolicy = ({ messages }) => {
  const [result] = messages.at(-1)?.toolResults ?? [];
  return result === undefined
    ? calls(['render', { script: 'a' }])
    : says(`I was told ${JSON.stringify(result.output)}`);
};

/** Renders once; then says what it reads in its history, and nothing else. */
const patient: ModelPolicy = ({ messages }) => {
  if (messages.length === 1) return calls(['render', { script: 'a' }]);
  return says(JSON.stringify(messages).includes('"url":"u"') ? 'It is at u.' : 'Not done yet.');
};

/** Sends messages to one conversation: of a thread that is kept, or with all messages each time. */
function converse(scene: Scene, kept: boolean, tools: readonly AnyTool[] = [scene.render()], mode: Mode = 'suspend') {
  const agent = createAgent({
    model: scene.model,
    ...scene.later.wrap({ tools, mode }),
    ...(kept ? { checkpointer: new MemorySaver() } : {}),
  });
  let before: BaseMessage[] = [];
  return async (...messages: BaseMessage[]) => {
    const state = await agent.invoke({ messages: kept ? messages : [...before, ...messages] }, thread());
    before = state.messages;
    return state;
  };
}

function carry(scene: Scene, request: AsyncFunctionRequest<Json, Json>, outcome: Outcome): Promise<BaseMessage[]> {
  return sign(scene, createAsyncFunctionResponse({ request, outcome }));
}

function sign(scene: Scene, response: AsyncFunctionResponse): Promise<BaseMessage[]> {
  return scene.later.asyncFunctionResponseMessages(response);
}

/** Where a checkpointer has stored a wrong message already it is only reported. */
async function refused(attempt: { scene: Scene; kept: boolean; verdict: string; run: () => Promise<unknown> }) {
  const { scene, kept, verdict, run } = attempt;
  if (!kept) {
    await assert.rejects(run, (error) => {
      assert.ok(ResponseRefusedError.isInstance(error, 'response_refused'));
      assert.deepEqual(
        (error as ResponseRefusedError).verdicts.map((told) => told.verdict),
        [verdict],
      );
      return true;
    });
    return;
  }
  await run();
  expect(scene.audit).toContainEqual(expect.objectContaining({ type: 'history.ignored', detail: verdict }));
}

/** The messages that the provider was sent last. */
function promptOf(scene: Scene): unknown[] {
  const { messages } = JSON.parse(scene.sent()) as { messages: unknown[] };
  return messages;
}
