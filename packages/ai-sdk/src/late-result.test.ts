import { createFakeClock } from '@latecall/testing';
import { generateText, type ModelMessage } from 'ai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { callOf, completed, scriptedModel, textOf } from '../test/fixtures.ts';
import { asyncFunctionRequests, asyncTool, createAsyncFunctionResponse, createLatecall } from './index.ts';

const render = asyncTool({
  inputSchema: z.object({ script: z.string() }),
  resultSchema: z.object({ url: z.string() }),
  dispatch: () => 1,
  deadline: '15m',
  lateResult: 'accept',
});

describe('a late result where nothing but the messages is kept', () => {
  it('is told once: a run after it waits for nothing', async () => {
    const clock = createFakeClock();
    const model = scriptedModel(
      [callOf('render', { script: 'a' })],
      ...['Overdue.', 'At u.'].map((text) => [textOf(text)]),
    );
    const messages: ModelMessage[] = [{ role: 'user', content: 'Render a.' }];
    const start = () => createLatecall({ secret: 'sixteen bytes or more', clock });
    const run = async () => {
      const agent = start().wrap({ model, tools: { render }, scope: { thread: 't' }, strict: true });
      const result = await generateText({ ...agent, messages });
      messages.push(...result.responseMessages);
      return result.text;
    };
    await run();
    const [request] = asyncFunctionRequests(messages);
    if (request === undefined) throw new Error('Nothing is pending.');
    await clock.advance(15 * 60_000);
    expect(await run()).toBe('Overdue.');
    const response = createAsyncFunctionResponse({ request, outcome: completed('u'), clock });
    messages.push(await start().asyncFunctionResponseMessage(response));
    expect(await run()).toBe('At u.');
    expect(await run()).toBe(''); // nothing new, and nothing that it waits for: no PendingError
    expect(model.doGenerateCalls).toHaveLength(3);
  });
});
