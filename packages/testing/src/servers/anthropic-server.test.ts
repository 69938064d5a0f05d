import { describe, expect, test } from 'vitest';
import { startAnthropicServer } from './anthropic-server.ts';
import type { ModelView } from './model-view.ts';
import { parsedOrText, wireObject, wireObjects } from './wire-value.ts';

const tools = [{ name: 'render', description: 'Renders', input_schema: { type: 'object' } }];
const request = { model: 'claude-sonnet-4-5', max_tokens: 100, tools, messages: [{ role: 'user', content: 'Go' }] };
const reply = {
  text: 'I start both renders now.',
  toolCalls: [
    { name: 'render', arguments: { script: 'ä🎬' } },
    { name: 'render', arguments: {}, callId: 'toolu_mine' },
  ],
};

function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, { method: 'POST', body: JSON.stringify(body) });
}

async function events(response: Response): Promise<readonly { event: string; data: unknown }[]> {
  const text = await response.text();
  return text
    .trimEnd()
    .split('\n\n')
    .map((block) => {
      const [, event = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      return { event, data: parsedOrText(data) };
    });
}

describe('Messages on the wire', () => {
  test('answers with text, calls, a stop reason and usage', async () => {
    await using server = await startAnthropicServer({ model: [reply] });
    const response = await post(`${server.baseURL}/messages`, request);
    expect(await response.json()).toMatchObject({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      content: [
        { type: 'text', text: reply.text },
        { type: 'tool_use', id: 'toolu_1', name: 'render', input: { script: 'ä🎬' } },
        { type: 'tool_use', id: 'toolu_mine', name: 'render', input: {} },
      ],
      stop_reason: 'tool_use',
      usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
    });
  });

  test('streams every block from start to stop, arguments in pieces', async () => {
    await using server = await startAnthropicServer({ model: [reply] });
    const sent = await events(await post(`${server.baseURL}/messages`, { ...request, stream: true }));
    const delta = 'content_block_delta';
    expect(sent.map(({ event }) => event)).toEqual([
      'message_start',
      ...['content_block_start', delta, delta, delta, 'content_block_stop'],
      ...['content_block_start', delta, delta, delta, 'content_block_stop'],
      ...['content_block_start', delta, delta, delta, 'content_block_stop'],
      'message_delta',
      'message_stop',
    ]);
    const pieces = sent.map(({ data }) => wireObject(data)).filter(({ index }) => index === 1);
    expect(pieces.map((piece) => wireObject(piece.delta).partial_json ?? '').join('')).toBe('{"script":"ä🎬"}');
    expect(sent.at(-2)?.data).toMatchObject({ delta: { stop_reason: 'tool_use' } });
  });

  const thinks = { reasoning: 'One render is enough.', text: 'Done.' };

  test.each([
    {
      what: 'with manual thinking',
      request: { ...request, max_tokens: 2000, thinking: { type: 'enabled', budget_tokens: 1024 } },
      shown: thinks.reasoning,
    },
    {
      what: 'with adaptive thinking',
      request: { ...request, model: 'claude-opus-4-6', thinking: { type: 'adaptive' } },
      shown: thinks.reasoning,
    },
    {
      what: 'with an empty text where it is not to be shown',
      request: { ...request, model: 'claude-opus-5-5' },
      shown: '',
    },
    {
      what: 'shown where that is asked for',
      request: { ...request, model: 'claude-opus-5-5', thinking: { type: 'adaptive', display: 'summarized' } },
      shown: thinks.reasoning,
    },
  ])('thinks $what, signed, plain and streamed alike', async ({ request: asked, shown }) => {
    await using server = await startAnthropicServer({ model: () => thinks });
    const whole = wireObject(await (await post(`${server.baseURL}/messages`, asked)).json());
    const [thought] = wireObjects(whole.content);
    expect(whole.content).toEqual([
      { type: 'thinking', thinking: shown, signature: expect.stringMatching(/^[\w-]+(?:\.[\w-]+){4}$/) },
      { type: 'text', text: 'Done.' },
    ]);
    const sent = await events(await post(`${server.baseURL}/messages`, { ...asked, stream: true }));
    const deltas = sent
      .map(({ data }) => wireObject(data))
      .filter(({ type, index }) => type === 'content_block_delta' && index === 0)
      .map(({ delta }) => wireObject(delta));
    expect(deltas.map(({ thinking = '' }) => thinking).join('')).toBe(shown);
    expect(deltas.at(-1)).toEqual({ type: 'signature_delta', signature: thought?.signature });
  });

  test.each([
    { what: 'unless the request says so', more: {} },
    { what: 'where it is disabled', more: { model: 'claude-haiku-5-5', thinking: { type: 'disabled' } } },
  ])('does not think $what', async ({ more }) => {
    await using server = await startAnthropicServer({ model: [thinks] });
    const response = await post(`${server.baseURL}/messages`, { ...request, ...more });
    expect(await response.json()).toMatchObject({ content: [{ type: 'text' }] });
  });

  test('thinks with manual thinking even if the reply does not say what', async () => {
    await using server = await startAnthropicServer({ model: [{ toolCalls: [{ name: 'render', arguments: {} }] }] });
    const thinking = { type: 'enabled', budget_tokens: 1024 };
    const response = await post(`${server.baseURL}/messages`, { ...request, max_tokens: 2000, thinking });
    expect(await response.json()).toMatchObject({ content: [{ type: 'thinking' }, { type: 'tool_use' }] });
  });

  test('tells which thinking blocks it dropped', async () => {
    await using server = await startAnthropicServer({ model: () => thinks });
    const url = `${server.baseURL}/messages`;
    const thinking = { type: 'adaptive', block_binding: { prefix_mismatch_behavior: 'drop_block' } };
    const asked = { ...request, model: 'claude-opus-5-5', thinking };
    const first = wireObject(await (await post(url, asked)).json());
    expect(first.input_transformations).toEqual([]);
    const messages = [...request.messages, { role: 'assistant', content: first.content }, ...request.messages];
    const changed = { ...asked, messages, system: 'Be brief' };
    expect(await (await post(url, changed)).json()).toMatchObject({
      input_transformations: [{ type: 'thinking_dropped', path: 'messages.1.content.0' }],
    });
    const response = await post(url, { ...changed, thinking: { type: 'adaptive' } });
    expect(response.status).toBe(400);
    expect(server.requests.at(-1)?.refusal?.rule).toBe('unboundThinkingBlock');
  });

  test('refuses with an Anthropic error body', async () => {
    await using server = await startAnthropicServer({ model: [] });
    const response = await post(`${server.baseURL}/messages`, { ...request, messages: [] });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      type: 'error',
      error: { type: 'invalid_request_error', message: 'messages: at least one message is required' },
      request_id: 'req_strict',
    });
  });

  test('shows the policy results as a tool message before what the user says', async () => {
    const views: ModelView[] = [];
    await using server = await startAnthropicServer({
      model: (view) => {
        views.push(view);
        return { text: 'ok' };
      },
    });
    await post(`${server.baseURL}/messages`, {
      ...request,
      system: [{ type: 'text', text: 'Be brief' }],
      messages: [
        { role: 'user', content: 'Go' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'render', input: { a: 1 } }] },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'no' }], is_error: true },
            { type: 'text', text: 'And?' },
          ],
        },
      ],
    });
    expect(views[0]).toMatchObject({
      provider: 'anthropic',
      system: 'Be brief',
      tools: [{ name: 'render', description: 'Renders', inputSchema: { type: 'object' } }],
      messages: [
        { role: 'user', texts: ['Go'] },
        { role: 'assistant', toolCalls: [{ callId: 'toolu_1', name: 'render', arguments: { a: 1 } }] },
        { role: 'tool', toolResults: [{ callId: 'toolu_1', name: 'render', output: 'no', isError: true }] },
        { role: 'user', texts: ['And?'] },
      ],
    });
  });

  test.each([
    { status: 429, type: 'rate_limit_error' },
    { status: 500, type: 'api_error' },
    { status: 529, type: 'overloaded_error' },
  ])('fails with $status as $type', async ({ status, type }) => {
    await using server = await startAnthropicServer({ model: [{ status, headers: { 'retry-after': '7' } }] });
    const response = await post(`${server.baseURL}/messages`, request);
    expect(response.status).toBe(status);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(await response.json()).toMatchObject({ type: 'error', error: { type } });
    expect(server.requests).toMatchObject([{ responseStatus: status }]);
  });
});
