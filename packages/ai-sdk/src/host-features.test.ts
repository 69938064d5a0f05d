import { generateText, type ModelMessage } from 'ai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { answerAll, callOf, completed, createRender, scriptedModel, textOf } from '../test/fixtures.ts';
import {
  asyncFunctionOutcomes,
  asyncFunctionRequests,
  asyncTool,
  createLatecall,
  isAsyncFunctionRequest,
} from './index.ts';

const scope = { thread: 'thread-1' };
const ask: ModelMessage[] = [{ role: 'user', content: 'Render a.' }];
const inputSchema = z.object({ script: z.string() });

describe('what the host does around a tool holds for async tools', () => {
  it('dispatches no more calls at once than toolCallConcurrency allows', async () => {
    let running = 0;
    let most = 0;
    const render = asyncTool({
      inputSchema,
      dispatch: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      },
    });
    const model = scriptedModel(['a', 'b', 'c'].map((script) => callOf('render', { script })));
    const agent = createLatecall().wrap({ model, tools: { render }, scope });
    const result = await generateText({ ...agent, messages: ask, toolCallConcurrency: 1 });
    expect(asyncFunctionRequests(result.responseMessages)).toHaveLength(3);
    expect(most).toBe(1);
  });

  it('gives up a dispatch that ignores the abort of a per-tool timeout', async () => {
    const render = asyncTool({ inputSchema, dispatch: () => new Promise<never>(() => undefined) });
    const model = scriptedModel([callOf('render', { script: 'a' })], [textOf('Nobody knows.')]);
    const later = createLatecall();
    const agent = later.wrap({ model, tools: { render }, scope });
    const result = await generateText({ ...agent, messages: ask, timeout: { toolMs: 1 } });
    expect(result.text).toBe('Nobody knows.');
    expect(JSON.stringify(model.doGenerateCalls[1]?.prompt)).toContain('Whether the work began is not known');
    expect(await later.pending(scope)).toEqual([]);
  });

  it('hands the tool its entry of toolsContext', async () => {
    const seen: string[] = [];
    const render = asyncTool({
      inputSchema,
      contextSchema: z.object({ apiKey: z.string() }),
      dispatch: (_input, { context }) => void seen.push(context.apiKey),
    });
    const model = scriptedModel([callOf('render', { script: 'a' })]);
    const agent = createLatecall().wrap({ model, tools: { render }, scope });
    await generateText({ ...agent, messages: ask, toolsContext: { render: { apiKey: 'k' } } });
    expect(seen).toEqual(['k']);
  });

  it('tells the telemetry callbacks of a dispatch, with the request as its output', async () => {
    const { render } = createRender();
    const outputs: unknown[] = [];
    const model = scriptedModel([callOf('render', { script: 'a' })]);
    const agent = createLatecall().wrap({ model, tools: { render }, scope });
    await generateText({
      ...agent,
      messages: ask,
      onToolExecutionEnd: ({ toolOutput }) => void outputs.push(toolOutput.type === 'tool-result' && toolOutput.output),
    });
    expect(outputs.map(isAsyncFunctionRequest)).toEqual([true]);
  });

  it('uses the tool’s own toModelOutput for the result, and never for the receipt', async () => {
    const given: unknown[] = [];
    const render = asyncTool({
      inputSchema,
      resultSchema: z.object({ url: z.string() }),
      dispatch: () => ({ job: 1 }),
      toModelOutput: ({ input, output }) => {
        given.push([input, output]);
        return { type: 'text', value: `video at ${output.url}` };
      },
    });
    const later = createLatecall();
    const model = scriptedModel([callOf('render', { script: 'a' })], [textOf('done')]);
    const agent = later.wrap({ model, tools: { render }, scope });
    const messages = [...ask];
    messages.push(...(await generateText({ ...agent, messages })).responseMessages);
    await answerAll(later, messages, completed('u'));
    await generateText({ ...agent, messages });
    expect(given).toEqual([[{ script: 'a' }, { url: 'u' }]]);
    expect(JSON.stringify(model.doGenerateCalls[1]?.prompt)).toContain('video at u');
  });

  it('keeps the provider’s metadata on calls and texts', async () => {
    const { render } = createRender();
    const call = { ...callOf('render', { script: 'a' }), providerMetadata: { openai: { itemId: 'fc_1' } } };
    const model = scriptedModel([call as never], [textOf('done')]);
    const later = createLatecall();
    const agent = later.wrap({ model, tools: { render }, scope });
    const messages = [...ask];
    messages.push(...(await generateText({ ...agent, messages })).responseMessages);
    await answerAll(later, messages, completed('u'));
    await generateText({ ...agent, messages });
    expect(model.doGenerateCalls[1]?.prompt[1]?.content).toMatchObject([
      { providerOptions: { openai: { itemId: 'fc_1' } } },
    ]);
  });

  it('gives the outcomes that were told, in order', async () => {
    const { render } = createRender();
    const later = createLatecall();
    const model = scriptedModel([callOf('render', { script: 'a' })], [textOf('done')]);
    const agent = later.wrap({ model, tools: { render }, scope });
    const messages = [...ask];
    messages.push(...(await generateText({ ...agent, messages })).responseMessages);
    await answerAll(later, messages, completed('u'));
    messages.push(...(await generateText({ ...agent, messages })).responseMessages);
    expect(asyncFunctionOutcomes(messages, { render })).toMatchObject([
      { toolName: 'render', outcome: completed('u') },
    ]);
    expect(asyncFunctionRequests(messages)).toEqual([]);
  });
});
