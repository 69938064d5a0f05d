import { describe, expect, test } from 'vitest';
import { startGatewayServer } from './gateway-server.ts';
import type { ModelView } from './model-view.ts';
import { parsedOrText, wireObject } from './wire-value.ts';

const headers = { 'ai-language-model-id': 'openai/gpt-6', 'ai-language-model-specification-version': '4' };
const prompt = [{ role: 'user', content: [{ type: 'text', text: 'Go' }] }];
const reply = {
  reasoning: 'Two are better.',
  text: 'I start both renders now.',
  toolCalls: [
    { name: 'render', arguments: { script: 'ä🎬' } },
    { name: 'render', arguments: {}, callId: 'call_mine' },
  ],
};

function post(baseURL: string, body: unknown, more: Readonly<Record<string, string>> = {}): Promise<Response> {
  const init = { method: 'POST', body: JSON.stringify(body), headers: { ...headers, ...more } };
  return fetch(`${baseURL}/language-model`, init);
}

describe('the gateway on the wire', () => {
  test('answers with content, calls, a finish reason and usage', async () => {
    await using server = await startGatewayServer({ model: [reply] });
    expect(server.baseURL).toBe(`${server.origin}/v4/ai`);
    const response = await post(server.baseURL, { prompt });
    expect(await response.json()).toMatchObject({
      content: [
        { type: 'reasoning', text: reply.reasoning },
        { type: 'text', text: reply.text },
        { type: 'tool-call', toolCallId: 'call_1', toolName: 'render', input: '{"script":"ä🎬"}' },
        { type: 'tool-call', toolCallId: 'call_mine', toolName: 'render', input: '{}' },
      ],
      finishReason: { unified: 'tool-calls' },
      usage: { inputTokens: { total: expect.any(Number) }, outputTokens: { total: expect.any(Number) } },
      warnings: [],
    });
  });

  test('streams every part from start to end', async () => {
    await using server = await startGatewayServer({ model: [reply] });
    const response = await post(server.baseURL, { prompt }, { 'ai-language-model-streaming': 'true' });
    const parts = (await response.text())
      .trimEnd()
      .split('\n\n')
      .map((block) => wireObject(parsedOrText(block.replace(/^data: /, ''))));
    const call = ['tool-input-start', 'tool-input-delta', 'tool-input-delta', 'tool-input-end', 'tool-call'];
    expect(parts.map(({ type }) => type)).toEqual([
      'stream-start',
      'response-metadata',
      ...['reasoning-start', 'reasoning-delta', 'reasoning-delta', 'reasoning-delta', 'reasoning-end'],
      ...['text-start', 'text-delta', 'text-delta', 'text-delta', 'text-end'],
      ...call,
      ...call,
      'finish',
    ]);
  });

  test.each([
    { status: 400, type: 'invalid_request_error' },
    { status: 401, type: 'authentication_error' },
    { status: 429, type: 'rate_limit_exceeded' },
    { status: 503, type: 'internal_server_error' },
  ])('fails with $status as $type', async ({ status, type }) => {
    await using server = await startGatewayServer({ model: [{ status }] });
    const response = await post(server.baseURL, { prompt });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { type } });
  });

  test('refuses a prompt and a request without its headers, and captures both', async () => {
    await using server = await startGatewayServer({ model: [] });
    const response = await post(server.baseURL, { prompt: [] });
    expect(await response.json()).toEqual({
      error: {
        message: 'prompt: expected a list of messages',
        type: 'invalid_request_error',
        param: null,
        code: null,
      },
      generationId: null,
    });
    await fetch(`${server.baseURL}/language-model`, { method: 'POST', body: JSON.stringify({ prompt }) });
    expect(server.requests).toMatchObject([
      { path: '/v4/ai/language-model', refusal: { rule: 'missingGatewayPrompt' } },
      { body: { prompt }, responseStatus: 400, refusal: { rule: 'missingGatewayHeader' } },
    ]);
  });

  test('shows the policy only the prompt, read for any provider', async () => {
    const views: ModelView[] = [];
    await using server = await startGatewayServer({
      model: (view) => {
        views.push(view);
        return { text: 'ok' };
      },
    });
    const calls = ['a', 'b', 'c', 'd'].map((id) => ({
      type: 'tool-call',
      toolCallId: id,
      toolName: 'render',
      input: { id },
    }));
    const outputs = [
      { type: 'json', value: { url: 'u' } },
      { type: 'error-text', value: 'no' },
      { type: 'execution-denied' },
      { type: 'content', value: [{ type: 'text', text: '{"url":"v"}' }] },
    ];
    const results = outputs.map((output, index) => ({
      type: 'tool-result',
      toolCallId: calls[index]?.toolCallId,
      toolName: 'render',
      output,
    }));
    const body = {
      prompt: [
        { role: 'system', content: 'Be brief' },
        ...prompt,
        { role: 'assistant', content: [{ type: 'reasoning', text: 'Hm.' }, { type: 'text', text: 'All.' }, ...calls] },
        { role: 'tool', content: results },
      ],
      tools: [{ type: 'function', name: 'render', description: 'Renders', inputSchema: {} }],
    };
    await post(server.baseURL, body);
    expect(views).toEqual([
      {
        provider: 'gateway',
        model: 'openai/gpt-6',
        system: 'Be brief',
        messages: [
          { role: 'user', texts: ['Go'], toolCalls: [], toolResults: [] },
          {
            role: 'assistant',
            texts: ['All.'],
            toolCalls: calls.map(({ toolCallId: id }) => ({ callId: id, name: 'render', arguments: { id } })),
            toolResults: [],
          },
          {
            role: 'tool',
            texts: [],
            toolCalls: [],
            toolResults: [
              { callId: 'a', name: 'render', output: { url: 'u' } },
              { callId: 'b', name: 'render', output: 'no', isError: true },
              { callId: 'c', name: 'render', output: 'Tool execution denied.' },
              { callId: 'd', name: 'render', output: { url: 'v' } },
            ],
          },
        ],
        tools: [{ name: 'render', description: 'Renders', inputSchema: {} }],
        body,
      },
    ]);
  });
});
