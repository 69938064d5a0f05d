import type { BaseMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { MemorySaver } from '@langchain/langgraph';
import type { ScriptedModel } from '@latecall/testing';
import { createAgent } from 'langchain';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asks, calls, done, playScene, type Scene, says, thread } from '../test/fixtures.ts';
import {
  type AnyTool,
  type AsyncFunctionEvent,
  asyncTool,
  isAsyncFunctionEvent,
  isAsyncFunctionRequest,
} from './index.ts';

const rendersA = (): ScriptedModel => [calls(['render', { script: 'a' }]), says('It is at u.')];

const schema = z.object({ script: z.string() });
const kinds: [kind: string, toolOf: (scene: Scene) => AnyTool][] = [
  ['an async tool', (scene) => scene.render()],
  ['an async tool made from a tool', () => asyncTool(tool(() => ({ jobId: 'job_1' }), { name: 'render', schema }))],
];

describe('streamEvents v2', () => {
  for (const [kind, toolOf] of kinds) {
    it(`reports the call of ${kind} once, with the typed request as what came of it`, () =>
      playScene({ model: rendersA(), streaming: true }, async (scene) => {
        const agent = agentOf(scene, [toolOf(scene)]);
        const events = await collect(agent.streamEvents({ messages: [asks()] }, { ...thread(), version: 'v2' }));
        const ofTools = events.filter(({ event }) => event.startsWith('on_tool_'));
        expect(ofTools.map(({ event }) => event)).toEqual(['on_tool_start', 'on_tool_end']);
        expect(new Set(ofTools.map(({ run_id: run }) => run)).size).toBe(1);
        expect(isAsyncFunctionRequest(requestIn(ofTools.at(-1)?.data.output))).toBe(true);
      }));

    it(`reports the call of ${kind} under the tool’s name`, () =>
      playScene({ model: rendersA(), streaming: true }, async (scene) => {
        const agent = agentOf(scene, [toolOf(scene)]);
        const events = await collect(agent.streamEvents({ messages: [asks()] }, { ...thread(), version: 'v2' }));
        const names = events.filter(({ event }) => event.startsWith('on_tool_')).map(({ name }) => name);
        expect(names).toEqual(['render', 'render']);
      }));
  }

  it('reports no call of a tool in the run that brings the result, and streams the answer', () =>
    playScene({ model: rendersA(), streaming: true }, async (scene) => {
      const agent = agentOf(scene);
      await collect(agent.streamEvents({ messages: [asks()] }, { ...thread(), version: 'v2' }));
      const messages = await scene.answers(await stateOf(agent), done('u'));
      const events = await collect(agent.streamEvents({ messages }, { ...thread(), version: 'v2' }));
      expect(events.filter(({ event }) => event.startsWith('on_tool_'))).toEqual([]);
      const pieces = events.flatMap(({ event, data }) =>
        event === 'on_chat_model_stream' ? [(data.chunk as BaseMessage).text] : [],
      );
      expect(pieces.join('')).toBe('It is at u.');
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('holds the events of a run that also asks for the stream mode custom', () =>
    playScene({ model: rendersA(), streaming: true }, async (scene) => {
      const agent = agentOf(scene);
      const options = { ...thread(), version: 'v2' as const, streamMode: ['custom'] as 'custom'[] };
      const said = async (messages: BaseMessage[]) =>
        (await collect(agent.streamEvents({ messages }, options)))
          .map(({ data }) => (Array.isArray(data.chunk) ? (data.chunk as unknown[]).at(-1) : undefined))
          .filter(isAsyncFunctionEvent);
      const first = await said([asks()]);
      const { handle } = scene.request(await stateOf(agent));
      expect(first).toMatchObject([{ id: handle, status: 'working' }]);
      const second = await said(await scene.answers(await stateOf(agent), done('u')));
      expect(new Set(second.map(({ id, status }) => `${id} ${status}`))).toEqual(new Set([`${handle} completed`]));
    }));
});

describe('streamEvents v3', () => {
  it('has working and then completed under the same id in its asyncFunctions', () =>
    playScene({ model: rendersA() }, async (scene) => {
      const agent = agentOf(scene);
      const first = await eventsOf(agent, [asks()]);
      const { handle } = scene.request(await stateOf(agent));
      expect(first).toMatchObject([{ type: 'async-function', id: handle, handle, status: 'working' }]);
      const second = await eventsOf(agent, await scene.answers(await stateOf(agent), done('u')));
      expect(new Set(second.map(({ id, status }) => `${id} ${status}`))).toEqual(new Set([`${handle} completed`]));
    }));

  it('has nothing in its asyncFunctions where nothing is dispatched', () =>
    playScene({ model: [says('Hello.')] }, async (scene) => {
      expect(await eventsOf(agentOf(scene), [asks('Hello?')])).toEqual([]);
    }));

  it('counts the dispatched call among its finished toolCalls, with the placeholder for output', () =>
    playScene({ model: rendersA() }, async (scene) => {
      const agent = agentOf(scene);
      const run = await agent.streamEvents({ messages: [asks()] }, { ...thread(), version: 'v3' });
      const outputs: unknown[] = [];
      for await (const call of run.toolCalls) outputs.push(await call.output);
      expect(outputs).toEqual([expect.stringContaining('"status":"dispatched"')]);
    }));
});

describe('server-sent events', () => {
  it('hold the events and the placeholder, and then the outcome', () =>
    playScene({ model: rendersA() }, async (scene) => {
      const agent = agentOf(scene);
      const first = await serverSent(agent, [asks()]);
      const { handle, id } = scene.request(await stateOf(agent));
      expect(first.custom).toMatchObject([{ type: 'async-function', id: handle, status: 'working' }]);
      const { messages } = first.values.at(-1) as { messages: ToolMessage[] };
      expect(requestIn(messages.at(-1))).toMatchObject({ type: 'async-function-request', id });
      const second = await serverSent(agent, await scene.answers(await stateOf(agent), done('u')));
      expect(second.custom.at(-1)).toMatchObject({ type: 'async-function', id: handle, status: 'completed' });
      expect(second.custom.map((event) => (event as AsyncFunctionEvent).status)).not.toContain('working');
    }));
});

type Agent = ReturnType<typeof agentOf>;

function agentOf(scene: Scene, tools: readonly AnyTool[] = [scene.render()]) {
  return createAgent({ model: scene.model, ...scene.later.wrap({ tools }), checkpointer: new MemorySaver() });
}

async function stateOf(agent: Agent): Promise<{ messages: BaseMessage[] }> {
  return (await agent.graph.getState(thread())).values as { messages: BaseMessage[] };
}

/** What a run says under `run.extensions` of `streamEvents` v3. */
async function eventsOf(agent: Agent, messages: BaseMessage[]): Promise<AsyncFunctionEvent[]> {
  const run = await agent.streamEvents({ messages }, { ...thread(), version: 'v3' });
  return collect(run.extensions.asyncFunctions);
}

/** The data of the server-sent events of a run, by their kind. */
async function serverSent(agent: Agent, messages: BaseMessage[]) {
  const options = { ...thread(), encoding: 'text/event-stream' as const, streamMode: ['custom', 'values'] as const };
  const bytes = await agent.stream({ messages }, options as never);
  const text = await new Response(bytes as unknown as ReadableStream<Uint8Array>).text();
  const sent = [...text.matchAll(/^event: (\w+)\ndata: (.*)$/gm)];
  const dataOf = (kind: string) =>
    sent.flatMap(([, event, data = '']) => (event === kind ? [JSON.parse(data) as unknown] : []));
  return { custom: dataOf('custom'), values: dataOf('values') };
}

const requestIn = (output: unknown): unknown => (output as ToolMessage).artifact?.latecall?.request;

async function collect<ITEM>(stream: AsyncIterable<ITEM>): Promise<ITEM[]> {
  const items: ITEM[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
