import { once } from 'node:events';
import { createServer } from 'node:http';
import { load } from '@langchain/core/load';
import {
  type AIMessage,
  type BaseMessage,
  mapChatMessagesToStoredMessages,
  mapStoredMessagesToChatMessages,
  type StoredMessage,
  type ToolMessage,
} from '@langchain/core/messages';
import { MemorySaver } from '@langchain/langgraph';
import { createAgent } from 'langchain';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asks, calls, done, playScene, type Scene, says, thread } from '../test/fixtures.ts';
import { asyncFunctionOutcomes, asyncFunctionRequests, asyncTool, createLatecall } from './index.ts';

const secret = 'sixteen bytes or more';
const model = () => [calls(['render', { script: 'a' }]), says('It is at u.'), says('You are welcome.')];

/** Ways on which conversations leave a process and come into another one. */
const routes: [what: string, carry: (messages: BaseMessage[]) => Promise<BaseMessage[]>][] = [
  ['as stored messages in JSON', async (messages) => unstored(stored(messages))],
  [
    'through JSON and load',
    async (messages) => Promise.all(messages.map((one) => load<BaseMessage>(JSON.stringify(one)))),
  ],
  [
    'through the serializer of a checkpointer',
    async (messages) => {
      const { serde } = new MemorySaver();
      const [type, bytes] = await serde.dumpsTyped(messages);
      return serde.loadsTyped(type, bytes);
    },
  ],
  // The host takes these where it takes messages.
  [
    'as plain objects with roles',
    async (messages) => JSON.parse(JSON.stringify(messages.map(dictOf))) as BaseMessage[],
  ],
];

describe('a conversation without a checkpointer', () => {
  for (const [what, carry] of routes) {
    it(`goes on in another process when it came there ${what}`, () =>
      playScene({ model: model(), runtime: { secret } }, async (scene) => {
        const paused = await startProcess(scene).run([asks()]);
        const answers = await scene.answers(paused, done('u'));
        const told = await startProcess(scene).run(await carry([...paused, ...answers]));
        expect(told.at(-1)?.text).toBe('It is at u.');
        expect(asyncFunctionRequests(told)).toEqual([]);
        expect(asyncFunctionOutcomes(told)).toMatchObject([{ toolName: 'render', outcome: done('u') }]);
        expect(scene.submissions()).toEqual({ a: 1 });
      }));

    it(`shows a third process the result in the same place when it came there ${what}`, () =>
      playScene({ model: model(), runtime: { secret } }, async (scene) => {
        const paused = await startProcess(scene).run([asks()]);
        const told = await startProcess(scene).run([...paused, ...(await scene.answers(paused, done('u')))]);
        const before = promptOf(scene);
        await startProcess(scene).run(await carry([...told, asks('Thanks.')]));
        expect(promptOf(scene).slice(0, before.length)).toEqual(before);
        expect(before.at(-1)).toMatchObject({ role: 'tool', content: '{"url":"u"}' });
      }));
  }

  for (const [what, carry] of routes.slice(0, 3)) {
    it(`lists the same requests when it came ${what}`, () =>
      playScene({ model: model(), runtime: { secret } }, async (scene) => {
        const paused = await startProcess(scene).run([asks()]);
        const [request] = asyncFunctionRequests(await carry(paused));
        expect(request).toEqual(scene.request(paused));
      }));
  }

  it('is kept by a client that talks to an agent over HTTP', () =>
    playScene({ model: model(), runtime: { secret } }, async (scene) => {
      const server = createServer(async (request, response) => {
        let body = '';
        for await (const chunk of request) body += String(chunk);
        response.end(stored(await startProcess(scene).run(unstored(body)))); // each request meets a new process
      }).listen(0);
      await once(server, 'listening');
      try {
        const { port } = server.address() as { port: number };
        const post = async (messages: BaseMessage[]) =>
          unstored(await (await fetch(`http://localhost:${port}`, { method: 'POST', body: stored(messages) })).text());
        const paused = await post([asks()]);
        const told = await post([...paused, ...(await scene.answers(paused, done('u')))]);
        expect(told.at(-1)?.text).toBe('It is at u.');
        expect((await post([...told, asks('Thanks.')])).at(-1)?.text).toBe('You are welcome.');
        expect(scene.submissions()).toEqual({ a: 1 });
      } finally {
        server.close();
      }
    }));
});

describe('a receipt', () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  for (const [what, receipt, found] of [
    ['a BigInt', { job: { id: 1n } }, '$.job.id is a bigint'],
    ['a Date', { job: [new Date(0)] }, '$.job[0] is an instance of Date'],
    ['a function', { cancel: () => undefined }, '$.cancel is a function'],
    ['a cycle', cycle, '$.self is a cycle'],
  ] as const) {
    it(`with ${what} in it is an honest error that names the place`, () =>
      playScene({ model: [calls(['render', { script: 'a' }]), says('That went wrong.')] }, async (scene) => {
        const { tools, run } = startProcess(scene, () => receipt);
        const messages = await run([asks()]);
        expect(messages.at(-2)).toMatchObject({ type: 'tool', status: 'error', text: expect.stringContaining(found) });
        expect(messages.at(-1)?.text).toBe('That went wrong.');
        expect(scene.sent()).toContain('The work may have begun');
        expect(asyncFunctionRequests(messages, tools)).toEqual([]);
      }));
  }

  it('of undefined is null, and what is undefined in it is left out', () =>
    playScene({ model: [calls(['render', { script: 'a' }]), calls(['render', { script: 'b' }])] }, async (scene) => {
      const nothing = await startProcess(scene, () => undefined).run([asks()]);
      expect(scene.request(nothing).dispatchResult).toBeNull();
      const little = await startProcess(scene, () => ({ jobId: undefined })).run([asks()]);
      expect(scene.request(little).dispatchResult).toEqual({});
    }));
});

/** A process of the app: nothing but the secret is shared. */
function startProcess(scene: Scene, dispatch?: () => unknown) {
  const render =
    dispatch === undefined
      ? scene.render()
      : asyncTool({ name: 'render', inputSchema: z.object({ script: z.string() }), dispatch });
  const tools = [render];
  const agent = createAgent({ model: scene.model, ...createLatecall({ secret }).wrap({ tools }) });
  const run = async (messages: BaseMessage[]): Promise<BaseMessage[]> =>
    (await agent.invoke({ messages }, thread())).messages;
  return { tools, run };
}

function stored(messages: BaseMessage[]): string {
  return JSON.stringify(mapChatMessagesToStoredMessages(messages));
}

function unstored(json: string): BaseMessage[] {
  return mapStoredMessagesToChatMessages(JSON.parse(json) as StoredMessage[]);
}

/** A message as an app might keep it by itself. */
function dictOf(message: BaseMessage): object {
  const { id, content, name, additional_kwargs } = message;
  const { tool_calls } = message as AIMessage;
  const { tool_call_id, artifact, status } = message as ToolMessage;
  const role = { human: 'user', ai: 'assistant', tool: 'tool' }[message.type as string];
  return { role, id, content, name, additional_kwargs, tool_calls, tool_call_id, artifact, status };
}

/** The messages that the provider was sent last. */
function promptOf(scene: Scene): unknown[] {
  return (JSON.parse(scene.sent()) as { messages: unknown[] }).messages;
}
