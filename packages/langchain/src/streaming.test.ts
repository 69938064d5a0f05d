import assert from 'node:assert/strict';
import type { BaseMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { MemorySaver } from '@langchain/langgraph';
import { createFakeClock, createGate, type ScriptedModel } from '@latecall/testing';
import { createAgent } from 'langchain';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asks, calls, done, playScene, type Scene, says, thread } from '../test/fixtures.ts';
import {
  type AnyTool,
  type AsyncFunctionEvent,
  asyncFunctionRequests,
  asyncTool,
  isAsyncFunctionEvent,
  isAsyncFunctionRequest,
  type Outcome,
} from './index.ts';

const rendersA = (): ScriptedModel => [calls(['render', { script: 'a' }]), says('It is at u.')];
const rendersBoth = (): ScriptedModel => [
  calls(['render', { script: 'a' }], ['render', { script: 'b' }]),
  says('At u and v.'),
];

describe('the stream mode custom', () => {
  it('says that a call was dispatched while the run is still busy with another', () =>
    playScene({ model: [calls(['render', { script: 'a' }], ['slow', {}])] }, async (scene) => {
      const gate = createGate();
      const slow = tool(() => gate.opened.then(() => 'Done.'), { name: 'slow', schema: z.object({}) });
      const agent = agentOf(scene, [scene.render(), slow]);
      const events: unknown[] = [];
      for await (const event of await agent.stream({ messages: [asks()] }, { ...thread(), streamMode: 'custom' })) {
        events.push(event);
        gate.open(); // without the event the run would never end
      }
      const { handle } = scene.request(await stateOf(agent));
      expect(events).toEqual([
        {
          type: 'async-function',
          id: handle,
          handle,
          toolName: 'render',
          toolCallId: 'call_1',
          status: 'working',
          dispatchedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        },
      ]);
    }));

  for (const outcome of [
    done('u'),
    { status: 'failed', error: { message: 'The farm burned down.' } },
    { status: 'cancelled' },
  ] satisfies Outcome[]) {
    it(`says ${outcome.status} once, under the same id, in the run that brings the outcome`, () =>
      playScene({ model: rendersA() }, async (scene) => {
        const { agent, send } = conversationOf(scene);
        const [working] = await send(asks());
        const told = await send(...(await scene.answers(await stateOf(agent), outcome)));
        expect(told).toEqual([{ ...working, status: outcome.status }]);
      }));
  }

  it('says completed for the result that is in, also while the run goes on waiting for another', () =>
    playScene({ model: rendersBoth() }, async (scene) => {
      const { agent, send } = conversationOf(scene);
      const handles = (await send(asks('Render a and b.'))).map(({ id }) => id);
      const [a = '', b = ''] = asyncFunctionRequests(await stateOf(agent)).map(({ handle }) => handle);
      expect(new Set(handles)).toEqual(new Set([a, b]));
      expect(statusesOf(await send(...(await scene.answers(await stateOf(agent), done('u')))))).toEqual({
        [a]: ['completed'],
      });
      expect(scene.server.requests).toHaveLength(1);
      const last = await send(...(await scene.answers(await stateOf(agent), done('v'))));
      expect(statusesOf(last)[b]).toEqual(['completed']);
    }));

  it('says completed for a result that came by the store', () =>
    playScene({ model: rendersA() }, async (scene) => {
      const tools = [scene.render()];
      const { agent, send } = conversationOf(scene, tools);
      await send(asks());
      const { id, handle } = scene.request(await stateOf(agent));
      await scene.later.settle({ id, outcome: done('u'), tools, scope: { thread: 'thread-1' } });
      expect(statusesOf(await send())).toEqual({ [handle]: ['completed'] });
    }));

  it('never says that a call is finished while it is pending, however often the thread is run', () =>
    playScene({ model: [calls(['render', { script: 'a' }]), says('Not yet.')] }, async (scene) => {
      const { send } = conversationOf(scene);
      const events = [...(await send(asks())), ...(await send()), ...(await send(asks('Ready?')))];
      expect(new Set(events.map(({ status }) => status))).toEqual(new Set(['working']));
    }));

  it('ends with withheld where the policy keeps the result from the model', () =>
    playScene(
      { model: rendersA(), runtime: { policy: { authorize: ({ at }) => at === 'arrival' } } },
      async (scene) => {
        const { agent, send } = conversationOf(scene);
        await send(asks());
        const told = await send(...(await scene.answers(await stateOf(agent), done('u'))));
        expect(told.at(-1)).toMatchObject({ status: 'withheld' });
      },
    ));

  it('ends with stale where the model was told that the world has changed', () =>
    playScene(
      { model: rendersA(), runtime: { policy: { snapshot: () => 'before', isFresh: () => false } } },
      async (scene) => {
        const { agent, send } = conversationOf(scene);
        await send(asks());
        const told = await send(...(await scene.answers(await stateOf(agent), done('u'))));
        expect(told.at(-1)).toMatchObject({ status: 'completed', stale: true });
      },
    ));

  it('says expired once the deadline has passed', () => {
    const clock = createFakeClock();
    return playScene({ model: rendersA(), runtime: { clock } }, async (scene) => {
      const { send } = conversationOf(scene, [scene.render({ deadline: '15m' })]);
      const [working] = await send(asks());
      assert.ok(working?.deadlineAt !== undefined);
      expect(Date.parse(working.deadlineAt) - Date.parse(working.dispatchedAt)).toBe(15 * 60_000);
      await clock.advance(16 * 60_000);
      expect(statusesOf(await send())).toEqual({ [working.id]: ['expired'] });
    });
  });

  it('says nothing of a call that could not be dispatched, nor later', () =>
    playScene({ model: [...(rendersA() as []), says('Bye.')] }, async (scene) => {
      const render = asyncTool({
        name: 'render',
        inputSchema: z.object({ script: z.string() }),
        dispatch: () => {
          throw new Error('The farm is closed.');
        },
      });
      const { send } = conversationOf(scene, [render]);
      expect([...(await send(asks())), ...(await send(asks('Thanks.')))]).toEqual([]);
      expect(scene.server.requests).toHaveLength(3);
    }));
});

describe('what an event shows', () => {
  it('is neither the receipt, nor the task’s id, key or token', () =>
    playScene({ model: rendersA(), runtime: { callbackUrl: 'https://app.example/cb' } }, async (scene) => {
      const secrets: unknown[] = ['job_1', 'app.example', 'signature'];
      const render = asyncTool({
        name: 'render',
        inputSchema: z.object({ script: z.string() }),
        dispatch: (_, { id, idempotencyKey, callback }) => {
          secrets.push(id, idempotencyKey, callback?.token);
          return { jobId: 'job_1' };
        },
      });
      const { agent, send } = conversationOf(scene, [render]);
      const first = await send(asks());
      const events = JSON.stringify([
        ...first,
        ...(await send(...(await scene.answers(await stateOf(agent), done('u'))))),
      ]);
      expect(secrets).toHaveLength(6);
      expect(secrets.filter((secret) => typeof secret !== 'string' || events.includes(secret))).toEqual([]);
    }));

  it('is of the receipt what publicReceipt shows', () =>
    playScene({ model: rendersA() }, async (scene) => {
      const publicReceipt = ({ jobId }: { jobId: string }) => ({ shown: jobId });
      const { agent, send } = conversationOf(scene, [scene.render({ publicReceipt })]);
      const events = [
        ...(await send(asks())),
        ...(await send(...(await scene.answers(await stateOf(agent), done('u'))))),
      ];
      expect(new Set(events.map(({ receipt }) => JSON.stringify(receipt)))).toEqual(new Set(['{"shown":"job_1"}']));
    }));

  for (const [what, publicReceipt] of [
    ['throws', () => assert.fail('No receipt to be seen.')],
    ['gives no JSON', () => ({ big: 1n })],
  ] as const) {
    it(`costs the call nothing where publicReceipt ${what}`, () =>
      playScene({ model: rendersA() }, async (scene) => {
        const { agent, send } = conversationOf(scene, [scene.render({ publicReceipt: publicReceipt as never })]);
        await send(asks());
        await send(...(await scene.answers(await stateOf(agent), done('u'))));
        expect((await stateOf(agent)).messages.at(-1)?.text).toBe('It is at u.');
        expect(scene.submissions()).toEqual({ a: 1 });
      }));
  }
});

describe('the stream mode', () => {
  it('updates has the placeholder with its request, and then the answer', () =>
    playScene({ model: rendersA() }, async (scene) => {
      const agent = agentOf(scene);
      const options = { ...thread(), streamMode: 'updates' as const };
      const first = await collect(await agent.stream({ messages: [asks()] }, options));
      const { tools } = first.find((update) => 'tools' in update) as { tools: { messages: BaseMessage[] } };
      const request = scene.request(tools.messages);
      const second = await collect(
        await agent.stream({ messages: await scene.answers([...tools.messages], done('u')) }, options),
      );
      const answer = second.find((update) => 'model_request' in update) as {
        model_request: { messages: BaseMessage[] };
      };
      expect(answer.model_request.messages.map(({ text }) => text)).toEqual(['It is at u.']);
      expect(request.functionCall).toMatchObject({ callId: 'call_1', name: 'render' });
    }));

  it('values ends with the placeholder, and then with the answer', () =>
    playScene({ model: rendersA() }, async (scene) => {
      const agent = agentOf(scene);
      const options = { ...thread(), streamMode: 'values' as const };
      const paused = (await collect(await agent.stream({ messages: [asks()] }, options))).at(-1);
      assert.ok(paused !== undefined);
      expect(paused.messages.map(({ type }) => type)).toEqual(['human', 'ai', 'tool']);
      const messages = await scene.answers(paused, done('u'));
      const told = (await collect(await agent.stream({ messages }, options))).at(-1);
      expect(told?.messages.at(-1)?.text).toBe('It is at u.');
    }));

  it('messages has the placeholder once, and then the answer piece by piece', () =>
    playScene({ model: rendersA(), streaming: true }, async (scene) => {
      const agent = agentOf(scene);
      const options = { ...thread(), streamMode: 'messages' as const };
      const first = (await collect(await agent.stream({ messages: [asks()] }, options))).map(([message]) => message);
      const placeholders = first.filter(({ type }) => type === 'tool');
      expect(placeholders).toHaveLength(1);
      const messages = await scene.answers(placeholders as BaseMessage[], done('u'));
      const second = (await collect(await agent.stream({ messages }, options))).map(([message]) => message);
      const pieces = second.map(({ text }) => text).filter((text) => text !== '');
      expect(pieces.length).toBeGreaterThan(1);
      expect(pieces.join('')).toBe('It is at u.');
    }));

  it('tools reports the dispatch as the end of the call, with the typed request as what came of it', () =>
    playScene({ model: rendersA() }, async (scene) => {
      const options = { ...thread(), streamMode: 'tools' as const };
      const events = (await collect(await agentOf(scene).stream({ messages: [asks()] }, options))) as ToolEvent[];
      expect(events).toMatchObject([
        { event: 'on_tool_start', toolCallId: 'call_1', name: 'render' },
        { event: 'on_tool_end', toolCallId: 'call_1', name: 'render' },
      ]);
      expect(isAsyncFunctionRequest(requestIn(events.at(-1)?.output))).toBe(true);
    }));

  // LangGraph streams every part of the state, private ones too; only `invoke` leaves them out.
  for (const streamMode of ['values', 'updates'] as const) {
    it(`${streamMode} shows the ledger, unless outputKeys leaves it out`, () =>
      playScene({ model: [...(rendersA() as []), ...(rendersA() as [])] }, async (scene) => {
        const agent = agentOf(scene);
        const shown = async (id: string, more: object) =>
          JSON.stringify(
            await collect(await agent.stream({ messages: [asks()] }, { ...thread(id), streamMode, ...more })),
          );
        expect(await shown('thread-1', {})).toContain('idempotencyKey');
        expect(await shown('thread-2', { outputKeys: ['messages'] })).not.toContain('idempotencyKey');
      }));
  }
});

/** One event of the stream mode `tools`. */
interface ToolEvent {
  readonly output?: unknown;
}

type Agent = ReturnType<typeof agentOf>;

function agentOf(scene: Scene, tools: readonly AnyTool[] = [scene.render()]) {
  return createAgent({ model: scene.model, ...scene.later.wrap({ tools }), checkpointer: new MemorySaver() });
}

/** A thread that is sent messages, and what its runs say in the stream mode `custom`. */
function conversationOf(scene: Scene, tools?: readonly AnyTool[]) {
  const agent = agentOf(scene, tools);
  const send = async (...messages: BaseMessage[]): Promise<AsyncFunctionEvent[]> => {
    const said: unknown[] = await collect(await agent.stream({ messages }, { ...thread(), streamMode: 'custom' }));
    return said.filter(isAsyncFunctionEvent);
  };
  return { agent, send };
}

/** What was said of each handle. */
function statusesOf(events: readonly AsyncFunctionEvent[]): Record<string, string[]> {
  const said: Record<string, string[]> = {};
  for (const { id, status } of events) said[id] = [...new Set([...(said[id] ?? []), status])];
  return said;
}

async function stateOf(agent: Agent): Promise<{ messages: BaseMessage[] }> {
  return (await agent.graph.getState(thread())).values as { messages: BaseMessage[] };
}

const requestIn = (output: unknown): unknown => (output as ToolMessage).artifact?.latecall?.request;

async function collect<ITEM>(stream: AsyncIterable<ITEM>): Promise<ITEM[]> {
  const items: ITEM[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
