import { describe, expect, test } from 'vitest';
import { startAnthropicServer } from './anthropic-server.ts';
import { createGate } from './gate.ts';
import { startGatewayServer } from './gateway-server.ts';
import { startOpenAIServer } from './openai-server.ts';
import type { Reply } from './reply.ts';
import type { StrictServer } from './strict-server.ts';

/** The APIs, each with a request that it accepts and with how it is asked for a stream. */
const apis = [
  {
    api: 'Responses',
    start: startOpenAIServer,
    path: '/responses',
    request: { model: 'gpt-5', input: 'Go' },
    headers: {},
    streamed: { body: { stream: true } },
  },
  {
    api: 'Chat Completions',
    start: startOpenAIServer,
    path: '/chat/completions',
    request: { model: 'gpt-5', messages: [{ role: 'user', content: 'Go' }] },
    headers: {},
    streamed: { body: { stream: true } },
  },
  {
    api: 'Messages',
    start: startAnthropicServer,
    path: '/messages',
    request: { model: 'claude-sonnet-4-5', max_tokens: 9, messages: [{ role: 'user', content: 'Go' }] },
    headers: {},
    streamed: { body: { stream: true } },
  },
  {
    api: 'the gateway',
    start: startGatewayServer,
    path: '/language-model',
    request: { prompt: [{ role: 'user', content: [{ type: 'text', text: 'Go' }] }] },
    headers: { 'ai-language-model-id': 'openai/gpt-6', 'ai-language-model-specification-version': '4' },
    streamed: { headers: { 'ai-language-model-streaming': 'true' } },
  },
] as const;

type API = (typeof apis)[number];

/** Streamed as the pieces aaaa, bbbb and cccc. */
const said: Reply = { text: 'aaaabbbbcccc' };

type More = {
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
};

function post(server: StrictServer, { path, request, headers }: API, more: More = {}): Promise<Response> {
  const body = JSON.stringify({ ...request, ...more.body });
  return fetch(`${server.baseURL}${path}`, { ...more, method: 'POST', body, headers: { ...headers, ...more.headers } });
}

async function readUntilCut(response: Response): Promise<{ text: string; isCut: boolean }> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
    }
    return { text, isCut: false };
  } catch {
    return { text, isCut: true };
  }
}

describe.each(apis)('$api', (api) => {
  test('captures every request in order, with its response', async () => {
    await using server = await api.start({ model: [said] });
    await post(server, api, { headers: { 'x-who': 'me' } });
    await post(server, api, { body: { latecall: {} } });
    const path = `${new URL(server.baseURL).pathname}${api.path}`;
    expect(server.requests).toMatchObject([
      { path, headers: { 'x-who': 'me' }, body: api.request, responseStatus: 200 },
      { path, body: { latecall: {} }, responseStatus: 400, refusal: { status: 400 } },
    ]);
    expect(server.requests[0]?.refusal).toBeUndefined();
  });

  test('answers with a clear 500 when the script ran out, counting accepted requests only', async () => {
    await using server = await api.start({ model: [said] });
    await post(server, api, { body: { latecall: {} } });
    expect((await post(server, api)).status).toBe(200);
    const response = await post(server, api);
    expect(response.status).toBe(500);
    expect(await response.text()).toContain('The scripted model has 1 replies and was asked for reply 2');
  });

  test('answers with a clear 500 when the policy throws', async () => {
    await using server = await api.start({
      model: () => {
        throw new Error('no idea');
      },
    });
    expect(await (await post(server, api)).text()).toContain('no idea');
  });

  test('fails as scripted, then answers', async () => {
    await using server = await api.start({
      model: [{ status: 503 }, { status: 429, error: { message: 'Slow' } }, said],
    });
    const answers = [await post(server, api), await post(server, api), await post(server, api)];
    expect(answers.map(({ status }) => status)).toEqual([503, 429, 200]);
    expect(await answers[1]?.json()).toMatchObject({ error: { message: 'Slow' } });
  });

  test('refuses a body that is not JSON', async () => {
    await using server = await api.start({ model: [] });
    const response = await fetch(`${server.baseURL}${api.path}`, { method: 'POST', body: '{"model"' });
    expect(response.status).toBe(400);
    expect(server.requests).toMatchObject([{ body: '{"model"', refusal: { rule: 'unreadableBody' } }]);
  });

  test('cuts a stream behind the headers', async () => {
    await using server = await api.start({ model: [{ ...said, breakAfter: 'headers' }] });
    const response = await post(server, api, api.streamed);
    expect(response.status).toBe(200);
    expect(await readUntilCut(response)).toEqual({ text: '', isCut: true });
    expect(await server.requests[0]?.responseEnd).toBe('incomplete');
  });

  test('cuts a stream behind a number of pieces', async () => {
    await using server = await api.start({ model: [{ ...said, breakAfter: 2 }] });
    const { text, isCut } = await readUntilCut(await post(server, api, api.streamed));
    expect(isCut).toBe(true);
    expect(text.match(/aaaa|bbbb|cccc/g)).toEqual(['aaaa', 'bbbb']);
  });

  test('cuts a plain body', async () => {
    await using server = await api.start({ model: [{ ...said, breakAfter: 1 }] });
    expect(await readUntilCut(await post(server, api))).toMatchObject({ isCut: true });
  });

  test('holds an answer back until it is let go', async () => {
    const gate = createGate();
    const asked = createGate();
    await using server = await api.start({
      model: () => {
        asked.open();
        return { ...said, before: gate.opened };
      },
    });
    const response = post(server, api);
    await asked.opened;
    expect(server.requests[0]?.responseStatus).toBeUndefined();
    gate.open();
    expect((await response).status).toBe(200);
  });

  test('holds a stream open behind its first piece, and ends it whole', async () => {
    const gate = createGate();
    await using server = await api.start({ model: [{ ...said, afterFirstChunk: gate.opened }] });
    const response = await post(server, api, api.streamed);
    const decoder = new TextDecoder();
    let text = '';
    let seenWhenHeld: string | undefined;
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes('aaaa')) {
        seenWhenHeld ??= text;
        gate.open();
      }
    }
    expect(seenWhenHeld).not.toContain('bbbb');
    expect(text).toContain('cccc');
    expect(await server.requests[0]?.responseEnd).toBe('complete');
  });

  test('tells of a client that went away', async () => {
    const gate = createGate();
    await using server = await api.start({ model: [{ ...said, afterFirstChunk: gate.opened }] });
    const abort = new AbortController();
    await post(server, api, { ...api.streamed, signal: abort.signal });
    abort.abort();
    expect(await server.requests[0]?.responseEnd).toBe('incomplete');
    gate.open();
  });
});

test('answers an unknown path with 404', async () => {
  await using server = await startOpenAIServer({ model: [] });
  expect((await fetch(`${server.baseURL}/models`)).status).toBe(404);
});

test('takes a query behind the path, as some clients send it', async () => {
  await using server = await startAnthropicServer({ model: [said] });
  const body = '{"model":"claude-sonnet-4-5","max_tokens":9,"messages":[{"role":"user","content":"Go"}]}';
  const response = await fetch(`${server.origin}/v1/messages?beta=true`, { method: 'POST', body });
  expect(response.status).toBe(200);
  expect(server.requests[0]?.path).toBe('/v1/messages?beta=true');
});

test('closes while an answer is held', async () => {
  const asked = createGate();
  const server = await startOpenAIServer({
    model: () => {
      asked.open();
      return { before: createGate().opened };
    },
  });
  const request = fetch(`${server.baseURL}/responses`, { method: 'POST', body: '{"model":"gpt-5","input":"Go"}' });
  const failure = expect(request).rejects.toThrow('fetch failed');
  await asked.opened;
  await server.close();
  await failure;
});
