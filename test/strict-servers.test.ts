import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import {
  createGate,
  type ModelView,
  type Reply,
  type StrictServer,
  startAnthropicServer,
  startGatewayServer,
  startOpenAIServer,
} from '@latecall/testing';
import {
  createGateway,
  generateText,
  isStepCount,
  type LanguageModel,
  type ModelMessage,
  streamText,
  type ToolSet,
  tool,
  wrapLanguageModel,
} from 'ai';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

globalThis.AI_SDK_LOG_WARNINGS = false;

const apis = [
  {
    api: 'OpenAI Responses',
    start: startOpenAIServer,
    model: (baseURL: string): LanguageModel => createOpenAI({ baseURL, apiKey: 'key' }).responses('gpt-5'),
  },
  {
    api: 'OpenAI Responses of a model without reasoning',
    start: startOpenAIServer,
    model: (baseURL: string): LanguageModel => createOpenAI({ baseURL, apiKey: 'key' }).responses('gpt-4.1'),
  },
  {
    api: 'OpenAI Chat Completions',
    start: startOpenAIServer,
    model: (baseURL: string): LanguageModel => createOpenAI({ baseURL, apiKey: 'key' }).chat('gpt-5'),
  },
  {
    api: 'Anthropic Messages',
    start: startAnthropicServer,
    model: (baseURL: string): LanguageModel => createAnthropic({ baseURL, apiKey: 'key' })('claude-sonnet-4-5'),
  },
  {
    api: 'The gateway',
    start: startGatewayServer,
    model: (baseURL: string): LanguageModel => createGateway({ baseURL, apiKey: 'key' })('openai/gpt-6'),
  },
];

const weather = tool({
  description: 'The weather of a city',
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => ({ city, sky: 'clear' }),
});

const twoSteps: readonly Reply[] = [
  {
    text: 'I look at both cities.',
    toolCalls: [
      { name: 'weather', arguments: { city: 'Oslo' } },
      { name: 'weather', arguments: { city: 'Bergen' } },
    ],
  },
  { text: 'Both are clear.' },
];

function settings(model: LanguageModel) {
  return { model, tools: { weather }, stopWhen: isStepCount(5), system: 'Be brief', maxRetries: 0 };
}

function refusals(server: StrictServer): readonly unknown[] {
  return server.requests.flatMap(({ refusal }) => (refusal === undefined ? [] : [refusal]));
}

describe.each(apis)('$api against its real client', ({ start, model }) => {
  test('answers with text, usage and a finish reason', async () => {
    await using server = await start({ model: [{ text: 'Hello there' }] });
    const result = await generateText({ ...settings(model(server.baseURL)), prompt: 'Hi' });
    expect(result.text).toBe('Hello there');
    expect(result.finishReason).toBe('stop');
    expect(result.usage.inputTokens).toBeGreaterThan(0);
    expect(result.usage.outputTokens).toBeGreaterThan(0);
  });

  test('runs a loop of two steps with parallel calls', async () => {
    await using server = await start({ model: twoSteps });
    const result = await generateText({ ...settings(model(server.baseURL)), prompt: 'Weather?' });
    expect(refusals(server)).toEqual([]);
    expect(result.steps.map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'stop']);
    expect(result.steps[0]?.toolResults.map(({ output }) => output)).toEqual([
      { city: 'Oslo', sky: 'clear' },
      { city: 'Bergen', sky: 'clear' },
    ]);
    expect(result.text).toBe('Both are clear.');
  });

  test('runs the loop streamed', async () => {
    await using server = await start({ model: twoSteps });
    const result = streamText({ ...settings(model(server.baseURL)), prompt: 'Weather?' });
    const text: string[] = [];
    for await (const piece of result.textStream) {
      text.push(piece);
    }
    expect(refusals(server)).toEqual([]);
    expect(text.join('')).toBe('I look at both cities.Both are clear.');
    expect(text.length).toBeGreaterThan(2);
    const steps = await result.steps;
    expect(steps[0]?.toolCalls.map(({ input }) => input)).toEqual([{ city: 'Oslo' }, { city: 'Bergen' }]);
    expect(await result.finishReason).toBe('stop');
    expect((await result.usage).outputTokens).toBeGreaterThan(0);
  });

  test('takes the history of a finished conversation back', async () => {
    await using server = await start({ model: [...twoSteps, { text: 'Still clear.' }] });
    const messages: ModelMessage[] = [{ role: 'user', content: 'Weather?' }];
    const first = await generateText({ ...settings(model(server.baseURL)), messages });
    messages.push(...first.responseMessages, { role: 'user', content: 'And now?' });
    const second = await generateText({ ...settings(model(server.baseURL)), messages });
    expect(refusals(server)).toEqual([]);
    expect(second.text).toBe('Still clear.');
  });

  test('shows the policy the same conversation whatever the provider', async () => {
    const seen: unknown[] = [];
    await using server = await start({
      model: (view) => {
        const { system, messages, tools } = view;
        seen.push({ system, messages, tools: tools.map(({ name }) => name) });
        return twoSteps[seen.length - 1] ?? {};
      },
    });
    await generateText({ ...settings(model(server.baseURL)), prompt: 'Weather?' });
    const [oslo, bergen] = (JSON.stringify(seen[1]).match(/(?:call|toolu)_\d/g) ?? []).slice(0, 2);
    expect(seen[1]).toEqual({
      system: 'Be brief',
      messages: [
        { role: 'user', texts: ['Weather?'], toolCalls: [], toolResults: [] },
        {
          role: 'assistant',
          texts: ['I look at both cities.'],
          toolCalls: [
            { callId: oslo, name: 'weather', arguments: { city: 'Oslo' } },
            { callId: bergen, name: 'weather', arguments: { city: 'Bergen' } },
          ],
          toolResults: [],
        },
        {
          role: 'tool',
          texts: [],
          toolCalls: [],
          toolResults: [
            { callId: oslo, name: 'weather', output: { city: 'Oslo', sky: 'clear' } },
            { callId: bergen, name: 'weather', output: { city: 'Bergen', sky: 'clear' } },
          ],
        },
      ],
      tools: ['weather'],
    });
  });

  test('hands its refusal to the client as an API error', async () => {
    await using server = await start({ model: [] });
    const bad = tool({ inputSchema: z.object({}), execute: () => 'x' });
    const run = generateText({ ...settings(model(server.baseURL)), tools: { 'bad.name': bad }, prompt: 'Hi' });
    await expect(run).rejects.toThrow(/string does not match pattern|String should match pattern/);
  });

  test('is asked again after an overload', async () => {
    const overloaded = { status: 529, headers: { 'retry-after-ms': '1' } };
    await using server = await start({ model: [overloaded, { text: 'Now' }] });
    const result = await generateText({ ...settings(model(server.baseURL)), maxRetries: 1, prompt: 'Hi' });
    expect(result.text).toBe('Now');
    expect(server.requests.map(({ responseStatus }) => responseStatus)).toEqual([529, 200]);
  });

  test('surfaces a stream that was cut', async () => {
    await using server = await start({ model: [{ text: 'Hello there', breakAfter: 2 }] });
    const result = streamText({ ...settings(model(server.baseURL)), prompt: 'Hi' });
    const errors: unknown[] = [];
    await result.consumeStream({ onError: (error) => errors.push(error) });
    expect(errors).toEqual([expect.objectContaining({ message: 'Failed to process successful response' })]);
    await expect(result.text).rejects.toThrow('Failed to process successful response');
    expect(await server.requests[0]?.responseEnd).toBe('incomplete');
  });

  test('sees the client abort', async () => {
    const gate = createGate();
    await using server = await start({ model: [{ text: 'Hello there', afterFirstChunk: gate.opened }] });
    const abort = new AbortController();
    const result = streamText({ ...settings(model(server.baseURL)), prompt: 'Hi', abortSignal: abort.signal });
    for await (const part of result.fullStream) {
      if (part.type === 'text-delta') {
        abort.abort();
      }
    }
    expect(await server.requests[0]?.responseEnd).toBe('incomplete');
    gate.open();
  });
});

type Settings = Parameters<typeof generateText<ToolSet>>[0] & Parameters<typeof streamText<ToolSet>>[0];

/** The same conversation, plain and streamed: what the SDK makes of it is the same. */
const ways = [
  { way: 'plain', run: (settings: Settings) => generateText(settings) },
  {
    way: 'streamed',
    run: async (settings: Settings) => {
      const result = streamText(settings);
      await result.consumeStream();
      return {
        finishReason: await result.finishReason,
        reasoningText: await result.reasoningText,
        response: { id: (await result.response).id },
        responseMessages: await result.responseMessages,
        text: await result.text,
        toolCalls: await result.toolCalls,
      };
    },
  },
] as const;

describe.each(ways)('native async calls of OpenAI Responses against their real client, $way', ({ run }) => {
  const render = tool({
    inputSchema: z.object({ script: z.string() }),
    providerOptions: { openai: { async: true } },
    // The inferred type is no ToolSet under exactOptionalPropertyTypes: its input is not `any`.
  }) as ToolSet[string];
  const calls: readonly Reply[] = [
    { text: 'Meanwhile, a joke.', toolCalls: [{ name: 'render', arguments: { script: 's' } }] },
    { text: 'Still at it.' },
    { text: 'Here it is.' },
  ];
  const late = (toolCallId: string): ModelMessage => ({
    role: 'tool',
    content: [{ type: 'tool-result', toolCallId, toolName: 'render', output: { type: 'json', value: { url: 'u' } } }],
  });

  /** Serves the calls and keeps what the policy was shown. */
  async function startScene(): Promise<{ server: StrictServer; views: readonly ModelView[] }> {
    const views: ModelView[] = [];
    const server = await startOpenAIServer({ model: (view) => calls[views.push(view) - 1] ?? {} });
    return { server, views };
  }

  test('come marked, next to text, and stay open over stored turns until their late result', async () => {
    const { server, views } = await startScene();
    await using _ = server;
    const model = createOpenAI({ baseURL: server.baseURL, apiKey: 'key' }).responses('gpt-6');
    const settings = { model, tools: { render }, maxRetries: 0 };
    const first = await run({ ...settings, prompt: 'Render' });
    expect(first.text).toBe('Meanwhile, a joke.');
    expect(first.toolCalls).toMatchObject([{ toolName: 'render', providerMetadata: { openai: { async: true } } }]);
    const stored = (previousResponseId: string) => ({ providerOptions: { openai: { previousResponseId } } });
    const second = await run({ ...settings, ...stored(first.response.id), prompt: 'And?' });
    const third = await run({
      ...settings,
      ...stored(second.response.id),
      messages: [late(first.toolCalls[0]?.toolCallId ?? '')],
    });
    expect(third.text).toBe('Here it is.');
    expect(refusals(server)).toEqual([]);
    expect(views[0]?.tools).toMatchObject([{ name: 'render', async: true }]);
    expect(views[1]?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(views[1]?.messages[1]?.toolCalls).toMatchObject([{ name: 'render', async: true }]);
    expect(views[2]?.messages.at(-1)?.toolResults).toMatchObject([{ name: 'render', output: { url: 'u' } }]);
  });

  test.each([{ store: true }, { store: false }])('stay open in a whole history, with $store', async ({ store }) => {
    const { server } = await startScene();
    await using _ = server;
    const model = wrapLanguageModel({
      model: createOpenAI({ baseURL: server.baseURL, apiKey: 'key' }).responses('gpt-6'),
      middleware: {
        specificationVersion: 'v4',
        transformParams: async ({ params }) => ({
          ...params,
          prompt: params.prompt.flatMap((message) => (isPlaceholder(message) ? [] : [message])),
        }),
      },
    });
    const settings = { model, tools: { render }, maxRetries: 0, providerOptions: { openai: { store } } };
    const messages: ModelMessage[] = [{ role: 'user', content: 'Render' }];
    const first = await run({ ...settings, messages });
    const id = first.toolCalls[0]?.toolCallId ?? '';
    const pending = { type: 'text' as const, value: 'pending' };
    messages.push(...first.responseMessages, {
      role: 'tool',
      content: [{ type: 'tool-result', toolCallId: id, toolName: 'render', output: pending }],
    });
    messages.push({ role: 'user', content: 'And?' });
    const second = await run({ ...settings, messages });
    messages.push(...second.responseMessages, { role: 'user', content: 'Now?' }, late(id));
    const third = await run({ ...settings, messages });
    expect(third.text).toBe('Here it is.');
    expect(refusals(server)).toEqual([]);
    await expect(generateText({ ...settings, messages: [...messages, late(id)] })).rejects.toThrow(
      'Duplicate function_call_output',
    );
  });

  test('are not asked of an older model', async () => {
    const { server, views } = await startScene();
    await using _ = server;
    const model = createOpenAI({ baseURL: server.baseURL, apiKey: 'key' }).responses('gpt-5');
    const result = await run({ model, tools: { render }, maxRetries: 0, prompt: 'Render' });
    expect(result.toolCalls[0]?.providerMetadata?.openai).not.toHaveProperty('async');
    expect(views[0]?.tools[0]).not.toHaveProperty('async');
  });
});

function isPlaceholder(message: { role: string; content: unknown }): boolean {
  return message.role === 'tool' && JSON.stringify(message.content).includes('"pending"');
}

describe.each(ways)('Anthropic thinking against its real client, $way', ({ run }) => {
  const thinks: readonly Reply[] = [
    { reasoning: 'Oslo first.', text: 'I look.', toolCalls: [{ name: 'weather', arguments: { city: 'Oslo' } }] },
    { reasoning: 'Then Bergen.', toolCalls: [{ name: 'weather', arguments: { city: 'Bergen' } }] },
    { reasoning: 'That is all.', text: 'Both are clear.' },
    { text: 'Still clear.' },
  ];
  const kinds = [
    {
      kind: 'manual',
      id: 'claude-sonnet-4-5',
      thinking: { type: 'enabled' as const, budgetTokens: 1024 },
      reasoning: 'That is all.',
    },
    {
      kind: 'adaptive',
      id: 'claude-opus-4-6',
      thinking: { type: 'adaptive' as const },
      reasoning: 'That is all.',
    },
    {
      kind: 'preserved, shown',
      id: 'claude-opus-5-5',
      thinking: { type: 'adaptive' as const, display: 'summarized' as const },
      reasoning: 'That is all.',
    },
    { kind: 'preserved, with empty texts', id: 'claude-opus-5-5', thinking: undefined, reasoning: '' },
  ];

  test.each(kinds)('$kind: comes back signed in a loop and in the next turn', async ({ id, thinking, reasoning }) => {
    await using server = await startAnthropicServer({ model: thinks });
    const model = createAnthropic({ baseURL: server.baseURL, apiKey: 'key' })(id);
    const asked = {
      ...settings(model),
      ...(thinking !== undefined && { providerOptions: { anthropic: { thinking } } }),
    };
    const messages: ModelMessage[] = [{ role: 'user', content: 'Weather?' }];
    const first = await run({ ...asked, messages });
    expect(first.text).toBe('Both are clear.');
    expect(first.reasoningText ?? '').toBe(reasoning);
    messages.push(...first.responseMessages, { role: 'user', content: 'And now?' });
    const second = await run({ ...asked, messages });
    expect(refusals(server)).toEqual([]);
    expect(second.text).toBe('Still clear.');
    expect(JSON.stringify(server.requests[3]?.body).match(/"signature"/g)).toHaveLength(3);
  });

  test('refuses a synthetic call with manual thinking, and a rewritten result with preserved thinking', async () => {
    await using server = await startAnthropicServer({ model: thinks });
    const anthropic = createAnthropic({ baseURL: server.baseURL, apiKey: 'key' });
    const call = { type: 'tool-call' as const, toolCallId: 'toolu_x', toolName: 'weather', input: { city: 'Oslo' } };
    const result = (value: string): ModelMessage => ({
      role: 'tool',
      content: [{ type: 'tool-result', toolCallId: 'toolu_x', toolName: 'weather', output: { type: 'text', value } }],
    });
    const pair: ModelMessage[] = [
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', content: [call] },
    ];
    const thinking = { type: 'enabled' as const, budgetTokens: 1024 };
    await expect(
      generateText({
        ...settings(anthropic('claude-sonnet-4-5')),
        providerOptions: { anthropic: { thinking } },
        messages: [...pair, result('clear')],
      }),
    ).rejects.toThrow('Expected `thinking` or `redacted_thinking`, but found `tool_use`');
    const asked = settings(anthropic('claude-opus-5-5'));
    const first = await run({ ...asked, messages: [...pair, result('pending')] });
    await expect(
      generateText({
        ...asked,
        messages: [...pair, result('clear'), ...first.responseMessages, { role: 'user', content: 'And?' }],
      }),
    ).rejects.toThrow('The block is bound to a different conversation');
  });
});

test('the gateway is sent all provider options, and the captured body shows them', async () => {
  await using server = await startGatewayServer({ model: [{ reasoning: 'Hm.', text: 'Hi' }] });
  const gateway = createGateway({ baseURL: server.baseURL, apiKey: 'key' });
  const result = await generateText({
    model: gateway('openai/gpt-6'),
    messages: [{ role: 'user', content: 'Hi', providerOptions: { latecall: { secret: 'x' } } }],
  });
  expect(result.reasoningText).toBe('Hm.');
  expect(server.requests[0]?.headers['ai-language-model-id']).toBe('openai/gpt-6');
  expect(server.requests[0]?.body).toMatchObject({ prompt: [{ providerOptions: { latecall: { secret: 'x' } } }] });
});

test.each([
  { what: 'an open call', results: [], message: 'has no result right behind it' },
  { what: 'a second result', results: ['call_1', 'call_1'], message: 'has another result' },
  { what: 'an orphan', results: ['call_1', 'call_2'], message: "has the id 'call_2'" },
])('the gateway refuses $what, and its client says so', async ({ results, message }) => {
  await using server = await startGatewayServer({ model: [] });
  const model = createGateway({ baseURL: server.baseURL, apiKey: 'key' })('openai/gpt-6');
  const output = { type: 'text' as const, value: 'x' };
  const content = results.map((id) => ({
    type: 'tool-result' as const,
    toolCallId: id,
    toolName: 'weather',
    output,
  }));
  const run = model.doGenerate({
    prompt: [
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'call_1', toolName: 'weather', input: {} }] },
      { role: 'tool', content },
    ],
  });
  await expect(run).rejects.toThrow(message);
});
