import { generateText, type ModelMessage, streamText, tool } from 'ai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { answerAll, callOf, completed, createRender, scriptedModel, textOf } from '../test/fixtures.ts';
import {
  asyncFunctionRequests,
  asyncTool,
  createLatecall,
  type Latecall,
  LatecallError,
  type PendingError,
} from './index.ts';

const ask: ModelMessage[] = [{ role: 'user', content: 'Make a film.' }];

/** An agent that renders, for use inside a tool. */
function createChild(later: Latecall, options: { nested: boolean }) {
  const { render } = createRender();
  const model = scriptedModel([callOf('render', { script: 'a' })], [textOf('The film is at u.')]);
  return later.wrap({ model, tools: { render }, scope: { thread: 'child' }, ...options });
}

describe('a plain tool whose agent ends pending', () => {
  it('is a typed error, not an empty answer', async () => {
    const later = createLatecall();
    const child = createChild(later, { nested: true });
    const film = tool({
      inputSchema: z.object({}),
      execute: async () => (await generateText({ ...child, messages: ask })).text,
    });
    const model = scriptedModel([callOf('film', {})], [textOf('It did not work.')]);
    const agent = later.wrap({ model, tools: { film }, scope: { thread: 'parent' } });
    const result = await generateText({ ...agent, messages: ask });
    const [failed] = result.steps.flatMap(({ content }) => content.filter(({ type }) => type === 'tool-error'));
    const { error } = failed as { error: unknown };
    expect(LatecallError.isInstance(error, 'pending')).toBe(true);
    expect(JSON.stringify(model.doGenerateCalls[1]?.prompt)).toContain('The run cannot go on');
  });

  it('is a typed error too where the model went on and the result can reach nobody', async () => {
    const later = createLatecall();
    const { render } = createRender();
    const model = scriptedModel([callOf('render', { script: 'a' })], [textOf('On its way.')]);
    const scope = { thread: 'child' };
    const child = later.wrap({ model, tools: { render }, scope, mode: 'continue', nested: true });
    await expect(generateText({ ...child, messages: ask })).rejects.toMatchObject({ code: 'pending' });
    const streaming = scriptedModel([callOf('render', { script: 'b' })], [textOf('On its way.')]);
    const other = later.wrap({
      model: streaming,
      tools: { render },
      scope: { thread: 'other' },
      mode: 'continue',
      nested: true,
    });
    const result = streamText({ ...other, messages: ask, onError: () => undefined });
    const failures: unknown[] = [];
    await result.consumeStream({ onError: (error) => void failures.push(error) });
    expect(await later.pending({ thread: 'other' })).toHaveLength(1);
    expect(
      failures.length === 0 ? await Promise.resolve(result.text).catch((error: unknown) => error) : failures[0],
    ).toMatchObject({ code: 'pending' });
  });

  it('names the handles, and not the ids, in what another model may read', async () => {
    const later = createLatecall();
    const child = createChild(later, { nested: true });
    const error: unknown = await generateText({ ...child, messages: ask }).catch((thrown: unknown) => thrown);
    const [task] = await later.pending({ thread: 'child' });
    expect((error as PendingError).ids).toEqual([task?.id]);
    expect((error as PendingError).message).toContain(task?.handle);
    expect((error as PendingError).message).not.toContain(task?.id);
  });

  it('is a typed error in a stream too', async () => {
    const later = createLatecall();
    const child = createChild(later, { nested: true });
    const result = streamText({ ...child, messages: ask, onError: () => undefined });
    await expect(Promise.resolve(result.text)).rejects.toMatchObject({ code: 'pending' });
  });
});

describe('an async tool whose dispatch starts another agent', () => {
  it('waits for what the other agent comes to, however long that takes', async () => {
    const later = createLatecall();
    const child = createChild(later, { nested: false });
    const childMessages = [...ask];
    const runChild = async () => {
      const result = await generateText({ ...child, messages: childMessages });
      childMessages.push(...result.responseMessages);
      return result.text;
    };
    const film = asyncTool({
      inputSchema: z.object({}),
      resultSchema: z.object({ url: z.string() }),
      dispatch: async () => ({ started: await runChild() }),
    });
    const model = scriptedModel([callOf('film', {})], [textOf('Your film is at u.')]);
    const agent = later.wrap({ model, tools: { film }, scope: { thread: 'parent' } });
    const messages = [...ask];
    messages.push(...(await generateText({ ...agent, messages })).responseMessages);
    expect(asyncFunctionRequests(childMessages)).toHaveLength(1);

    await answerAll(later, childMessages, completed('u'));
    await answerAll(later, messages, completed(await runChild()));
    expect((await generateText({ ...agent, messages })).text).toBe('Your film is at u.');
    expect(JSON.stringify(model.doGenerateCalls[1]?.prompt)).toContain('The film is at u.');
  });
});
