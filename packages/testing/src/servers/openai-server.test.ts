import { describe, expect, test } from 'vitest';
import { type ModelView, openCalls } from './model-view.ts';
import { startOpenAIServer } from './openai-server.ts';
import { parsedOrText, wireObject, wireObjects } from './wire-value.ts';

const reply = {
  text: 'I start both renders now.',
  toolCalls: [
    { name: 'render', arguments: { script: 'ä🎬' } },
    { name: 'render', arguments: {} },
  ],
};

function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, { method: 'POST', body: JSON.stringify(body) });
}

async function events(response: Response): Promise<readonly { event?: string; data: unknown }[]> {
  const text = await response.text();
  return text
    .trimEnd()
    .split('\n\n')
    .map((block) => {
      const [, event, data = ''] = /^(?:event: (.*)\n)?data: (.*)$/.exec(block) ?? [];
      return { ...(event !== undefined && { event }), data: parsedOrText(data) };
    });
}

describe('Chat Completions on the wire', () => {
  const request = { model: 'gpt-5', messages: [{ role: 'user', content: 'Go' }] };

  test('answers with text, calls, a finish reason and usage', async () => {
    await using server = await startOpenAIServer({ model: [reply] });
    const response = await post(`${server.baseURL}/chat/completions`, request);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      model: 'gpt-5',
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: 'I start both renders now.',
            tool_calls: [
              { id: 'call_1', type: 'function', function: { name: 'render', arguments: '{"script":"ä🎬"}' } },
              { id: 'call_2', type: 'function', function: { name: 'render', arguments: '{}' } },
            ],
          },
        },
      ],
      usage: { prompt_tokens: expect.any(Number), completion_tokens: expect.any(Number) },
    });
  });

  test('streams text and arguments in pieces, usage on demand, and [DONE]', async () => {
    await using server = await startOpenAIServer({ model: [reply] });
    const stream = { ...request, stream: true, stream_options: { include_usage: true } };
    const chunks = await events(await post(`${server.baseURL}/chat/completions`, stream));
    const choices = chunks.map(({ data }) => wireObject(wireObjects(wireObject(data).choices)[0]));
    const pieces = choices.map(({ delta }) => wireObject(delta));
    const texts = pieces.flatMap(({ content }) => (typeof content === 'string' && content !== '' ? [content] : []));
    expect(texts).toHaveLength(3);
    expect(texts.join('')).toBe(reply.text);
    const first = pieces
      .flatMap(({ tool_calls: calls }) => wireObjects(calls))
      .filter(({ index }) => index === 0)
      .map((call) => wireObject(call.function).arguments);
    expect(first).toHaveLength(3);
    expect(first.join('')).toBe('{"script":"ä🎬"}');
    expect(choices.map(({ finish_reason: reason }) => reason).filter(Boolean)).toEqual(['tool_calls']);
    expect(chunks.at(-2)?.data).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
    expect(chunks.at(-1)?.data).toBe('[DONE]');
  });

  test('refuses with an OpenAI error body', async () => {
    await using server = await startOpenAIServer({ model: [] });
    const messages = [{ role: 'tool', tool_call_id: 'call_1', content: 'x' }];
    const response = await post(`${server.baseURL}/chat/completions`, { ...request, messages });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: {
        message:
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
        type: 'invalid_request_error',
        param: 'messages.[0].role',
        code: null,
      },
    });
    expect(server.requests).toMatchObject([{ responseStatus: 400, refusal: { rule: 'chatResultWithoutCall' } }]);
  });

  test('shows the policy only the wire input, read for any provider', async () => {
    const views: ModelView[] = [];
    await using server = await startOpenAIServer({
      model: (view) => {
        views.push(view);
        return { text: 'ok' };
      },
    });
    const body = {
      model: 'gpt-5',
      messages: [
        { role: 'system', content: 'Be brief' },
        { role: 'user', content: 'Go' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'render', arguments: '{"a":1}' } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: '{"url":"u"}' },
      ],
      tools: [{ type: 'function', function: { name: 'render', description: 'Renders', parameters: {} } }],
    };
    await post(`${server.baseURL}/chat/completions`, body);
    expect(views).toEqual([
      {
        provider: 'openai-chat',
        model: 'gpt-5',
        system: 'Be brief',
        messages: [
          { role: 'user', texts: ['Go'], toolCalls: [], toolResults: [] },
          {
            role: 'assistant',
            texts: [],
            toolCalls: [{ callId: 'call_1', name: 'render', arguments: { a: 1 } }],
            toolResults: [],
          },
          {
            role: 'tool',
            texts: [],
            toolCalls: [],
            toolResults: [{ callId: 'call_1', name: 'render', output: { url: 'u' } }],
          },
        ],
        tools: [{ name: 'render', description: 'Renders', inputSchema: {} }],
        body,
      },
    ]);
  });
});

describe('Responses on the wire', () => {
  const request = { model: 'gpt-5', input: 'Go' };

  test('answers with a message, calls and usage', async () => {
    await using server = await startOpenAIServer({ model: [reply] });
    const response = await post(`${server.baseURL}/responses`, request);
    expect(await response.json()).toMatchObject({
      id: 'resp_1',
      object: 'response',
      status: 'completed',
      output: [
        { id: 'msg_1', type: 'message', role: 'assistant', content: [{ type: 'output_text', text: reply.text }] },
        { id: 'fc_1_1', type: 'function_call', call_id: 'call_1', name: 'render', arguments: '{"script":"ä🎬"}' },
        { id: 'fc_1_2', type: 'function_call', call_id: 'call_2', name: 'render', arguments: '{}' },
      ],
      usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
    });
  });

  test('streams every item from added to done, numbered', async () => {
    await using server = await startOpenAIServer({ model: [reply] });
    const sent = await events(await post(`${server.baseURL}/responses`, { ...request, stream: true }));
    const types = sent.map(({ event = '' }) => event.replace('response.', ''));
    expect(types).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      ...['output_text.delta', 'output_text.delta', 'output_text.delta', 'output_text.done'],
      'content_part.done',
      'output_item.done',
      'output_item.added',
      ...['function_call_arguments.delta', 'function_call_arguments.delta', 'function_call_arguments.done'],
      'output_item.done',
      'output_item.added',
      ...['function_call_arguments.delta', 'function_call_arguments.delta', 'function_call_arguments.done'],
      'output_item.done',
      'completed',
    ]);
    expect(sent.map(({ data }) => wireObject(data).sequence_number)).toEqual(sent.map((_, index) => index));
    expect(sent.at(-1)?.data).toMatchObject({ type: 'response.completed', response: { status: 'completed' } });
  });

  test('goes on from a stored response and resolves references to stored items', async () => {
    const views: ModelView[] = [];
    await using server = await startOpenAIServer({
      model: (view) => {
        views.push(view);
        return views.length === 1 ? reply : { text: 'Done' };
      },
    });
    await post(`${server.baseURL}/responses`, request);
    const outputs = ['call_1', 'call_2'].map((id) => ({ type: 'function_call_output', call_id: id, output: 'ok' }));
    await post(`${server.baseURL}/responses`, { model: 'gpt-5', previous_response_id: 'resp_1', input: outputs });
    const reference = { type: 'item_reference', id: 'msg_1' };
    await post(`${server.baseURL}/responses`, {
      model: 'gpt-5',
      input: [{ role: 'user', content: 'Go' }, reference, { role: 'user', content: 'And?' }],
    });
    expect(views[1]?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
    expect(views[1]?.messages[2]?.toolResults).toMatchObject([{ name: 'render' }, { name: 'render' }]);
    expect(views[2]?.messages[1]?.texts).toEqual([reply.text]);
  });

  test('refuses to go on from a stored response whose call stays open', async () => {
    await using server = await startOpenAIServer({ model: [reply] });
    await post(`${server.baseURL}/responses`, request);
    const next = { model: 'gpt-5', previous_response_id: 'resp_1', input: 'And?' };
    const response = await post(`${server.baseURL}/responses`, next);
    expect(await response.json()).toMatchObject({
      error: { message: 'No tool output found for function call call_1.' },
    });
  });

  test.each([
    { what: 'a response', more: { previous_response_id: 'resp_9' }, status: 400, rule: 'unknownPreviousResponse' },
    {
      what: 'an item',
      more: { input: [{ type: 'item_reference', id: 'msg_9' }] },
      status: 404,
      rule: 'unknownItemReference',
    },
  ])('refuses a reference to $what that it did not store', async ({ more, status, rule }) => {
    await using server = await startOpenAIServer({ model: [] });
    const response = await post(`${server.baseURL}/responses`, { ...request, ...more });
    expect(response.status).toBe(status);
    expect(server.requests[0]?.refusal?.rule).toBe(rule);
  });

  const astra = {
    model: 'gpt-6-astra',
    tools: [
      { type: 'function', name: 'render', parameters: {}, async: true },
      { type: 'function', name: 'weather', parameters: {} },
    ],
  };
  const mixed = {
    text: 'Meanwhile, look.',
    toolCalls: [
      { name: 'weather', arguments: {} },
      { name: 'render', arguments: {} },
    ],
  };

  test('makes native async calls before the text and the other calls after it, plain and streamed', async () => {
    await using server = await startOpenAIServer({ model: () => mixed });
    const whole = wireObject(await (await post(`${server.baseURL}/responses`, { ...astra, input: 'Go' })).json());
    const stream = { ...astra, input: 'Go', stream: true };
    const sent = await events(await post(`${server.baseURL}/responses`, stream));
    const items = [
      { type: 'function_call', name: 'render', async: true },
      { type: 'message' },
      { type: 'function_call', name: 'weather' },
    ];
    expect(whole.output).toMatchObject(items);
    expect(wireObjects(whole.output)[2]).not.toHaveProperty('async');
    for (const type of ['response.output_item.added', 'response.output_item.done']) {
      const streamed = sent.filter(({ event }) => event === type).map(({ data }) => wireObject(data).item);
      expect(streamed).toMatchObject(items);
    }
  });

  test('keeps a native async call open over stored turns, takes its late result once, and tells the policy', async () => {
    const views: ModelView[] = [];
    await using server = await startOpenAIServer({
      model: (view) => {
        views.push(view);
        return views.length === 1 ? { toolCalls: [{ name: 'render', arguments: {} }] } : { text: 'Fine' };
      },
    });
    const url = `${server.baseURL}/responses`;
    const late = [{ type: 'function_call_output', call_id: 'call_1', output: '{"url":"u"}' }];
    await post(url, { ...astra, input: 'Go' });
    await post(url, { ...astra, previous_response_id: 'resp_1', input: 'And?' });
    await post(url, { ...astra, previous_response_id: 'resp_2', input: late });
    await post(url, { ...astra, previous_response_id: 'resp_3', input: late });
    await post(url, { ...astra, input: late });
    expect(server.requests.map(({ refusal }) => refusal?.rule)).toEqual([
      undefined,
      undefined,
      undefined,
      'duplicateResponsesOutput',
      'responsesOutputWithoutCall',
    ]);
    expect(views[0]?.tools).toMatchObject([{ name: 'render', async: true }, { name: 'weather' }]);
    expect(views[0]?.tools[1]).not.toHaveProperty('async');
    expect(views.map((view) => openCalls(view))).toEqual([
      [],
      [{ callId: 'call_1', name: 'render', arguments: {}, async: true }],
      [],
    ]);
    expect(views[2]?.messages.at(-1)?.toolResults).toEqual([
      { callId: 'call_1', name: 'render', output: { url: 'u' } },
    ]);
  });

  test('stores nothing that is not to be stored', async () => {
    await using server = await startOpenAIServer({ model: [{ text: 'Hi' }] });
    await post(`${server.baseURL}/responses`, { ...request, store: false });
    const response = await post(`${server.baseURL}/responses`, {
      model: 'gpt-5',
      previous_response_id: 'resp_1',
      input: 'And?',
    });
    expect(response.status).toBe(400);
  });
});
