import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { completed, createScene, type Scene, urlSchema } from '../test/fixtures.ts';
import {
  createWebhookRoute,
  verifyGitHub,
  verifyStandardWebhook,
  type WebhookMessage,
  type WebhookRouteOptions,
} from './index.ts';

const secret = `whsec_${Buffer.from('the secret of the farm').toString('base64')}`;
const otherSecret = `whsec_${Buffer.from('another secret').toString('base64')}`;
const link = { url: 'https://videos.example/1.mp4' };

interface Payload {
  readonly task: string;
  readonly video?: unknown;
  readonly progress?: number;
}

const find = (payload: unknown): WebhookMessage | undefined => {
  const { task: id, video, progress } = payload as Payload; // what the farm of these tests sends
  if (video !== undefined) return { id, outcome: completed(video) };
  return progress === undefined ? undefined : { id, progress: { fraction: progress } };
};

interface Signing {
  readonly secret?: string;
  readonly at?: number;
  readonly id?: string;
  /** Changes the headers after signing. */
  readonly headers?: Record<string, string>;
  /** What is sent instead of what was signed. */
  readonly sent?: string | Uint8Array<ArrayBuffer>;
}

/** A delivery as Standard Webhooks signs it. */
function delivery(payload: unknown, signing: Signing = {}): Request {
  const { secret: key = secret, at = Date.now(), id = 'msg_1', headers = {}, sent } = signing;
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const timestamp = new Date(at);
  return new Request('https://app.example/webhook', {
    method: 'POST',
    body: sent ?? body,
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at / 1000)),
      'webhook-signature': new Webhook(key).sign(id, timestamp, body),
      ...headers,
    },
  });
}

async function createPending(more: Partial<WebhookRouteOptions<Scene['tools']>> = {}) {
  const scene = createScene({ tool: { resultSchema: urlSchema, deadline: '15m' } });
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const { POST } = createWebhookRoute({ ...scene, verify: verifyStandardWebhook({ secret }), find, onError, ...more });
  return { scene, POST, errors, task: (await scene.dispatch()).id };
}

const now = Date.now();
const minutes = (count: number) => now + count * 60_000;

describe('a webhook by the Standard', () => {
  it('settles the task that its payload names', async () => {
    const { scene, POST, task } = await createPending();
    expect((await POST(delivery({ task, progress: 0.5 }))).status).toBe(202);
    expect((await scene.task(task)).progress).toEqual({ fraction: 0.5 });
    expect((await POST(delivery({ task, video: link }))).status).toBe(202);
    expect((await scene.task(task)).settlement).toEqual(completed(link));
  });

  it('is a duplicate when it comes again, under the same id or another', async () => {
    const { POST, task } = await createPending();
    const statuses: number[] = [];
    for (const id of ['msg_1', 'msg_1', 'msg_2']) {
      statuses.push((await POST(delivery({ task, video: link }, { id }))).status);
    }
    expect(statuses).toEqual([202, 200, 200]);
  });

  it.each<[string, Signing, (task: string) => unknown]>([
    ['another secret', { secret: otherSecret }, (task) => ({ task, video: link })],
    ['a time long ago', { at: minutes(-6) }, (task) => ({ task, video: link })],
    ['a time to come', { at: minutes(6) }, (task) => ({ task, video: link })],
    [
      'a time with more behind it',
      { headers: { 'webhook-timestamp': `${Math.floor(now / 1000)}x` } },
      (task) => ({ task, video: link }),
    ],
    ['another id than was signed', { headers: { 'webhook-id': 'msg_2' } }, (task) => ({ task, video: link })],
    ['another body than was signed', { sent: '{}' }, (task) => ({ task, video: link })],
    ['bytes that are no text', { sent: Uint8Array.of(0x22, 0xff, 0x22) }, () => '"\uFFFD"'],
    ['an empty signature', { headers: { 'webhook-signature': '' } }, (task) => ({ task, video: link })],
    ['a signature of version 2', { headers: { 'webhook-signature': 'v2,AAAA' } }, (task) => ({ task, video: link })],
    ['a signature without a value', { headers: { 'webhook-signature': 'v1' } }, (task) => ({ task, video: link })],
    ['a body that is not JSON, signed by another', { secret: otherSecret }, () => '{'],
  ])('is refused with %s', async (_, signing, payload) => {
    const { scene, POST, task } = await createPending();
    expect((await POST(delivery(payload(task), signing))).status).toBe(401);
    expect((await scene.task(task)).status).toBe('working');
  });

  it('is refused without its headers', async () => {
    const { POST, task } = await createPending();
    const body = JSON.stringify({ task, video: link });
    expect((await POST(new Request('https://app.example/webhook', { method: 'POST', body }))).status).toBe(401);
  });

  it('may be signed with any of several secrets, or several times', async () => {
    const { POST, task } = await createPending({ verify: verifyStandardWebhook({ secret: [otherSecret, secret] }) });
    expect((await POST(delivery({ task, video: link }))).status).toBe(202);
    expect((await POST(delivery({ task, video: link }, { secret: otherSecret }))).status).toBe(200);
    const signature = delivery({ task, video: link }).headers.get('webhook-signature');
    const twice = { headers: { 'webhook-signature': `v1,AAAA ${signature}` } };
    expect((await POST(delivery({ task, video: link }, twice))).status).toBe(200);
  });

  it('needs a secret', () => {
    expect(() => verifyStandardWebhook({ secret: '' })).toThrow('empty');
  });
});

describe('a webhook of GitHub', () => {
  const secretOfHub = "It's a Secret to Everybody";
  const sign = (body: string, key = secretOfHub) => `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;
  const push = (body: string, signature: string | undefined) =>
    new Request('https://app.example/webhook', {
      method: 'POST',
      body,
      headers: signature === undefined ? {} : { 'x-hub-signature-256': signature },
    });

  it('fits the example of its documentation', async () => {
    const verify = verifyGitHub({ secret: secretOfHub });
    const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    const body = new TextEncoder().encode('Hello, World!');
    expect(await verify({ headers: new Headers({ 'x-hub-signature-256': signature }), body })).toBe(true);
  });

  it('settles the task that its payload names, once', async () => {
    const { POST, task } = await createPending({ verify: verifyGitHub({ secret: ['older', secretOfHub] }) });
    const body = JSON.stringify({ task, video: link });
    expect((await POST(push(body, sign(body)))).status).toBe(202);
    expect((await POST(push(body, sign(body, 'older')))).status).toBe(200);
  });

  it.each<[string, (body: string) => string | undefined]>([
    ['no signature', () => undefined],
    ['an empty one', () => ''],
    ['one by another secret', (body) => sign(body, 'wrong')],
    ['one of another body', () => sign('{}')],
    ['SHA-1', (body) => `sha1=${createHmac('sha1', secretOfHub).update(body).digest('hex')}`],
    ['a part of it', (body) => sign(body).slice(0, -2)],
    ['something behind it', (body) => `${sign(body)}00`],
    ['no hexadecimal', () => `sha256=${'z'.repeat(64)}`],
  ])('is refused with %s', async (_, signature) => {
    const { scene, POST, task } = await createPending({ verify: verifyGitHub({ secret: secretOfHub }) });
    const body = JSON.stringify({ task, video: link });
    expect((await POST(push(body, signature(body)))).status).toBe(401);
    expect((await scene.task(task)).status).toBe('working');
  });

  it.each(['', [], ['a', '']])('needs a secret, and %j is none', (none) => {
    expect(() => verifyGitHub({ secret: none })).toThrow('must not be empty');
  });
});

describe('the webhook route', () => {
  it.each<[number, string, (task: string) => Request]>([
    [200, 'what is about no task', () => delivery({ task: 'x' })],
    [404, 'an unknown task', () => delivery({ task: 'task_made-up', video: link })],
    [404, 'an id that is none', () => delivery({ task: 7, video: link })],
    [404, 'an id with a line break', (task) => delivery({ task: `${task}\n`, video: link })],
    [422, 'a result against the schema', (task) => delivery({ task, video: 7 })],
    [422, 'progress beyond the end', (task) => delivery({ task, progress: 2 })],
    [400, 'what is not JSON', () => delivery('{')],
    [413, 'a long body', () => delivery('x'.repeat(2_000))],
    [405, 'GET', () => new Request('https://app.example/webhook')],
    [500, 'what find cannot read', () => delivery('null')],
  ])('answers %i to %s', async (status, _, request) => {
    const { scene, POST, errors, task } = await createPending({ maxBodyBytes: 1_000 });
    expect((await POST(request(task))).status).toBe(status);
    expect(errors).toHaveLength(status === 500 ? 1 : 0);
    expect((await scene.task(task)).status).toBe('working');
  });

  it('verifies before it reads what was sent', async () => {
    const found: unknown[] = [];
    const { POST, task } = await createPending({ find: (payload) => void found.push(payload) });
    await POST(delivery({ task, video: link }, { secret: otherSecret }));
    expect(found).toEqual([]);
  });

  it('tells find of the headers, and not of the URL, which nobody signed', async () => {
    const found: unknown[] = [];
    const { POST } = await createPending({
      find: (_, given) => void found.push(given.headers.get('webhook-id'), Object.keys(given)),
    });
    await POST(delivery({}));
    expect(found).toEqual(['msg_1', ['headers', 'body']]);
  });

  it('does not make the store look for what is no id', async () => {
    const asked: unknown[] = [];
    const { scene, POST } = await createPending();
    const later: typeof scene.later = {
      ...scene.later,
      settle: async ({ tools: _, ...attempt }) => {
        asked.push(attempt);
        throw new Error('asked');
      },
    };
    const route = createWebhookRoute({ ...scene, later, verify: verifyStandardWebhook({ secret }), find });
    expect((await route.POST(delivery({ task: 'a\u0000b', video: link }))).status).toBe(404);
    expect([asked, (await POST(delivery({ task: { id: 1 }, video: link }))).status]).toEqual([[], 404]);
  });

  it('keeps a sender to its tenant', async () => {
    const scope = { tenant: 'other', thread: 'chat-1' };
    const { scene, POST, task } = await createPending({
      find: (payload) => ({ ...(find(payload) ?? { id: '' }), scope }),
    });
    expect((await POST(delivery({ task, video: link }))).status).toBe(404);
    expect((await scene.task(task)).status).toBe('working');
  });

  it('tells a sender of news that the task is over', async () => {
    const { scene, POST, task } = await createPending();
    await scene.later.settle({ id: task, outcome: { status: 'cancelled' }, tools: scene.tools });
    expect((await POST(delivery({ task, progress: 0.5 }))).status).toBe(410);
  });

  it('takes logs, questions and the numbers of news', async () => {
    const { scene, POST, task } = await createPending({
      find: (payload) => {
        const { task: id, ...news } = payload as Payload; // what the farm of this test sends
        return { id, ...news };
      },
    });
    const which = { key: 'voice', message: 'Which voice?' };
    const statuses: number[] = [];
    for (const news of [
      { log: 'slow today', sequence: 2 },
      { log: 'overtaken', sequence: 1 },
      { inputRequest: which },
      { inputRequest: which },
      { inputRequest: { ...which, message: 'Which music?' } },
    ]) {
      statuses.push((await POST(delivery({ task, ...news }))).status);
    }
    expect(statuses).toEqual([202, 200, 202, 200, 409]);
    expect(await scene.task(task)).toMatchObject({ log: [{ message: 'slow today' }], inputs: [which] });
  });

  it('tells the app of a task that ended because the policy refused its result', async () => {
    const settled: string[] = [];
    const scene = createScene({ policy: { authorize: () => false } });
    const { id } = await scene.dispatch();
    const { POST } = createWebhookRoute({
      ...scene,
      verify: verifyStandardWebhook({ secret }),
      find,
      onSettled: (task) => void settled.push(task.id),
    });
    expect((await POST(delivery({ task: id, video: link }))).status).toBe(404);
    expect((await POST(delivery({ task: 'task_made-up', video: link }))).status).toBe(404);
    expect(settled).toEqual([id]);
  });

  it('calls onSettled', async () => {
    const settled: string[] = [];
    const { POST, task } = await createPending({ onSettled: ({ id }) => void settled.push(id) });
    await POST(delivery({ task, video: link }));
    expect(settled).toEqual([task]);
  });
});
