import { toUIMessageStream } from '@ai-sdk/langchain';
import type { BaseMessage } from '@langchain/core/messages';
import { MemorySaver } from '@langchain/langgraph';
import type { ScriptedModel } from '@latecall/testing';
import { readUIMessageStream, type UIMessage, type UIMessageChunk } from 'ai';
import { createAgent } from 'langchain';
import { describe, expect, it } from 'vitest';
import { asks, calls, done, playScene, type Scene, says, thread } from '../test/fixtures.ts';
import { type AsyncFunctionData, asyncFunctionRequests, withoutPlaceholders } from './index.ts';

const rendersA = (): ScriptedModel => [calls(['render', { script: 'a' }]), says('It is at u.')];

/** The parts of a chat whose server is an agent of LangChain; the data's members are those of the AI SDK's adapter. */
type Chat = UIMessage<unknown, { 'async-function': AsyncFunctionData & { type: string; id: string } }>;

/** All that the data part of a call may say: AsyncFunctionData, and what makes one part of LangChain's events. */
const members = new Set<string>([
  ...([
    'handle',
    'toolName',
    'toolCallId',
    'status',
    'dispatchedAt',
    'deadlineAt',
    'progress',
    'inputRequest',
    'stale',
    'receipt',
  ] satisfies (keyof AsyncFunctionData)[]),
  'type',
  'id',
]);

describe('a UI message made by @ai-sdk/langchain', () => {
  it('has one data-async-function part for a pending call, under the handle', () =>
    playScene({ model: rendersA(), streaming: true }, async (scene) => {
      const { send, state } = chatOf(scene);
      const message = await send([asks()]);
      const { handle } = scene.request(await state());
      expect(dataParts(message)).toMatchObject([
        {
          type: 'data-async-function',
          id: handle,
          data: { handle, toolName: 'render', toolCallId: toolPart(message)?.toolCallId, status: 'working' },
        },
      ]);
    }));

  it('says of it what the AI SDK’s own adapter says, beside type and id', () =>
    playScene({ model: rendersA(), streaming: true }, async (scene) => {
      const publicReceipt = ({ jobId }: { jobId: string }) => ({ shown: jobId });
      const { send, state } = chatOf(scene, scene.render({ deadline: '15m', publicReceipt }));
      const [part] = dataParts(await send([asks()]));
      const { handle, dispatchedAt, deadlineAt } = scene.request(await state());
      const data: AsyncFunctionData = {
        handle,
        toolName: 'render',
        toolCallId: 'call_1',
        status: 'working',
        dispatchedAt,
        ...(deadlineAt === undefined ? {} : { deadlineAt }),
        receipt: { shown: 'job_1' },
      };
      expect(part?.data).toEqual({ ...data, type: 'async-function', id: handle });
      expect(deadlineAt).toBeTypeOf('string');
    }));

  it('shows completed in the same part when the result is in', () =>
    playScene({ model: rendersA(), streaming: true }, async (scene) => {
      const { send, state } = chatOf(scene);
      const pending = await send([asks()]);
      const [working] = dataParts(structuredClone(pending));
      const finished = await send(await scene.answers(await state(), done('u')), pending);
      expect(dataParts(finished)).toEqual([{ ...working, data: { ...working?.data, status: 'completed' } }]);
      expect(textOf(finished)).toBe('It is at u.');
    }));

  it('shows completed under the same id in a new message, where the app begins one', () =>
    playScene({ model: rendersA(), streaming: true }, async (scene) => {
      const { send, state } = chatOf(scene);
      const [working] = dataParts(await send([asks()]));
      const told = await send(await scene.answers(await state(), done('u')));
      expect(dataParts(told)).toEqual([{ ...working, data: { ...working?.data, status: 'completed' } }]);
      expect(textOf(told)).toBe('It is at u.');
    }));

  it('has a part for each of two calls, of which one is completed before the other', () =>
    playScene(
      {
        model: [calls(['render', { script: 'a' }], ['render', { script: 'b' }]), says('At u and v.')],
        streaming: true,
      },
      async (scene) => {
        const { send, state } = chatOf(scene);
        let message = await send([asks('Render a and b.')]);
        const [a = '', b = ''] = asyncFunctionRequests(await state()).map(({ handle }) => handle);
        message = await send(await scene.answers(await state(), done('u')), message);
        expect(statuses(message)).toEqual({ [a]: 'completed', [b]: 'working' });
        message = await send(await scene.answers(await state(), done('v')), message);
        expect(statuses(message)).toEqual({ [a]: 'completed', [b]: 'completed' });
      },
    ));

  it('keeps the tool part of a pending call at its input, where the stream goes through withoutPlaceholders', () =>
    playScene({ model: rendersA(), streaming: true }, async (scene) => {
      const message = await chatOf(scene).send([asks()], undefined, withoutPlaceholders());
      expect(toolPart(message)?.state).toBe('input-available');
      expect(dataParts(message)).toMatchObject([{ data: { status: 'working' } }]);
    }));

  // The host's own part: it reports a call as over when its tool has returned. The data part beside it is the truth.
  it('shows the placeholder as the output of the pending call, and no result', () =>
    playScene({ model: rendersA(), streaming: true }, async (scene) => {
      const message = await chatOf(scene).send([asks()]);
      expect(toolPart(message)).toMatchObject({
        state: 'output-available',
        output: expect.stringContaining('"status":"dispatched"'),
      });
    }));

  it('shows neither the receipt, nor the task’s id, key or signature', () =>
    playScene({ model: rendersA(), streaming: true }, async (scene) => {
      const { send, state } = chatOf(scene);
      const pending = await send([asks()]);
      const [job] = scene.outside.jobs;
      const secrets = [scene.request(await state()).signature, job?.id, job?.idempotencyKey, job?.jobId];
      const shown = JSON.stringify(await send(await scene.answers(await state(), done('u')), pending));
      expect(secrets.filter((secret) => typeof secret !== 'string' || shown.includes(secret))).toEqual([]);
      for (const { data } of dataParts(pending)) {
        expect(Object.keys(data).filter((member) => !members.has(member))).toEqual([]);
      }
    }));
});

/** A chat: what a browser has made of the message after a run. A run continues the message that it is given. */
function chatOf(scene: Scene, render = scene.render()) {
  const wrapped = scene.later.wrap({ tools: [render] });
  const agent = createAgent({ model: scene.model, ...wrapped, checkpointer: new MemorySaver() });
  const send = async (
    messages: BaseMessage[],
    continued?: Chat,
    filter: TransformStream<UIMessageChunk, UIMessageChunk> = new TransformStream(),
  ): Promise<Chat> => {
    const streamMode = ['values', 'messages', 'custom'] as ('values' | 'messages' | 'custom')[];
    const stream = toUIMessageStream(await agent.stream({ messages }, { ...thread(), streamMode }));
    let last = continued;
    const read = readUIMessageStream<Chat>({
      stream: stream.pipeThrough(filter as never) as never, // the host's chunks do not know our data parts
      ...(continued === undefined ? {} : { message: continued }),
    });
    for await (const message of read) last = message;
    if (last === undefined) throw new Error('The run showed nothing.');
    return last;
  };
  const state = async () => (await agent.graph.getState(thread())).values as { messages: BaseMessage[] };
  return { send, state };
}

const dataParts = ({ parts }: Chat) => parts.filter((part) => part.type === 'data-async-function');

const toolPart = ({ parts }: Chat) => parts.find((part) => part.type === 'dynamic-tool');

const textOf = ({ parts }: Chat) => parts.map((part) => (part.type === 'text' ? part.text : '')).join('');

const statuses = (message: Chat) => Object.fromEntries(dataParts(message).map(({ id, data }) => [id, data.status]));
