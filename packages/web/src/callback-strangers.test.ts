import { createMemoryStore } from '@latecall/core';
import { describe, expect, it, vi } from 'vitest';
import { completed, createScene, type Pending, post, type Scene, type SceneOptions, scope } from '../test/fixtures.ts';
import { createCallbackRoute } from './index.ts';

const done = completed({ url: 'https://videos.example/1.mp4' });

interface Attempt {
  readonly name: string;
  readonly request: (task: Pending, scene: Scene) => Request | Promise<Request>;
  readonly tool?: SceneOptions['tool'];
  readonly prepare?: (scene: Scene, task: Pending) => Promise<unknown>;
}

const at = (task: Pending, url: string) => post({ ...task, url }, done);
const holding = (task: Pending, token: string, body: unknown = done) => post({ ...task, token }, body);
const withHeaders = (task: Pending, headers: HeadersInit, url = task.url) => post({ ...task, url }, done, { headers });

const expire = async ({ clock, store }: Scene) => {
  await clock.advance(900_000);
  await store.expireDue({ now: clock.now() });
};

const attempts: Attempt[] = [
  { name: 'an unknown id', request: (task) => at(task, 'https://app.example/callback/task_made-up') },
  { name: 'no id', request: (task) => at(task, 'https://app.example/') },
  { name: 'a truncated id', request: (task) => at(task, task.url.slice(0, -1)) },
  { name: 'an id in upper case', request: (task) => at(task, task.url.replace('task_', 'TASK_')) },
  { name: 'an id with %00', request: (task) => at(task, `${task.url}%00`) },
  { name: 'an id with an encoded slash', request: (task) => at(task, `${task.url}%2Fx`) },
  { name: 'an id that does not decode', request: (task) => at(task, `${task.url}%E0%A4`) },
  { name: 'an id of 10,000 characters', request: (task) => at(task, `${task.url}${'x'.repeat(10_000)}`) },
  { name: 'the id __proto__', request: (task) => at(task, 'https://app.example/callback/__proto__') },
  {
    name: 'the handle',
    request: async (task, scene) => at(task, `https://app.example/callback/${(await scene.task(task.id)).handle}`),
  },
  { name: 'no token', request: (task) => withHeaders(task, {}) },
  { name: 'an empty token', request: (task) => holding(task, '') },
  { name: 'a wrong token', request: (task) => holding(task, 'wrong') },
  { name: 'a token cut short', request: (task) => holding(task, task.token.slice(0, -1)) },
  { name: 'a token in lower case', request: (task) => holding(task, task.token.toLowerCase()) },
  { name: 'the token twice', request: (task) => holding(task, `${task.token}${task.token}`) },
  {
    name: 'the token of another task',
    request: async (task, scene) => holding(task, (await scene.dispatch()).token),
  },
  {
    name: 'the hash of the token',
    request: async (task, scene) => holding(task, (await scene.task(task.id)).tokenHashes[0] ?? ''),
  },
  { name: 'the token as Basic', request: (task) => withHeaders(task, { authorization: `Basic ${task.token}` }) },
  { name: 'the token without a scheme', request: (task) => withHeaders(task, { authorization: task.token }) },
  { name: 'the token in a cookie', request: (task) => withHeaders(task, { cookie: `token=${task.token}` }) },
  { name: 'the token in the query', request: (task) => withHeaders(task, {}, `${task.url}?token=${task.token}`) },
  {
    name: 'the token in the query and a wrong one in the header',
    request: (task) => withHeaders(task, { authorization: 'Bearer wrong' }, `${task.url}?token=${task.token}`),
  },
  {
    name: 'the token in the body',
    request: (task) => post(task, { ...done, token: task.token }, { headers: {} }),
  },
  { name: 'a wrong token, and a body that is not JSON', request: (task) => holding(task, 'wrong', '{') },
  { name: 'a wrong token, and a long body', request: (task) => holding(task, 'wrong', 'x'.repeat(2_000)) },
  { name: 'a wrong token for a log', request: (task) => holding(task, 'wrong', { log: 'x' }) },
  {
    name: 'a wrong token for a question',
    request: (task) => holding(task, 'wrong', { inputRequest: { key: 'pin', message: 'Your PIN?' } }),
  },
  {
    name: 'a wrong token for an answer',
    request: (task) => holding(task, 'wrong', { key: 'voice', answer: 'low' }),
  },
  { name: 'a wrong token for progress', request: (task) => holding(task, 'wrong', { progress: {} }) },
  {
    name: 'a wrong token after the deadline',
    prepare: ({ clock }) => clock.advance(900_000),
    request: (task) => holding(task, 'wrong'),
  },
  {
    name: 'a wrong token after it expired, where a late result is welcome',
    tool: { lateResult: 'accept' },
    prepare: expire,
    request: (task) => holding(task, 'wrong'),
  },
  {
    name: 'the token of another task, where a late result is welcome',
    tool: { lateResult: 'accept' },
    prepare: expire,
    request: async (task, scene) => holding(task, (await scene.dispatch()).token),
  },
  {
    name: 'the id under which a late result is kept, with its token',
    tool: { lateResult: 'accept' },
    prepare: async (scene, task) => {
      await expire(scene);
      expect((await scene.later.settle({ id: task.id, outcome: done, tools: scene.tools })).verdict).toBe('accepted');
    },
    request: (task) => at(task, `${task.url}.late`),
  },
  {
    name: 'the token of another task, GET of the answers',
    prepare: async ({ later, tools }, { id }) => {
      await later.report({ id, inputRequest: { key: 'voice', message: 'Which voice?' } });
      await later.answer({ id, scope, answer: 'private-answer', tools });
    },
    request: async (task, scene) =>
      post({ ...task, token: (await scene.dispatch()).token }, undefined, { method: 'GET' }),
  },
  {
    name: 'the token of another task, DELETE',
    request: async (task, scene) =>
      post({ ...task, token: (await scene.dispatch()).token }, undefined, { method: 'DELETE' }),
  },
  { name: 'GET without a token', request: (task) => post(task, undefined, { method: 'GET', headers: {} }) },
  { name: 'DELETE without a token', request: (task) => post(task, undefined, { method: 'DELETE', headers: {} }) },
];

async function createAttempt({ tool = {}, ...options }: SceneOptions = {}) {
  const scene = createScene({ tool: { deadline: '15m', ...tool }, ...options });
  const { handler } = createCallbackRoute({ ...scene, maxBodyBytes: 1_000 });
  return { scene, handler, task: await scene.dispatch() };
}

describe('a stranger', () => {
  it.each(attempts)('is answered 404 with $name, and nothing changes', async ({ request, prepare, tool = {} }) => {
    const { scene, handler, task } = await createAttempt({ tool });
    await prepare?.(scene, task);
    const sent = await request(task, scene);
    const stored = await scene.task(task.id);
    expect((await handler(sent)).status).toBe(404);
    expect(await scene.task(task.id)).toEqual(stored);
  });

  it('is told the same of an unknown id as of a known one, to the byte', async () => {
    const told = await Promise.all(
      attempts.map(async ({ request, prepare, tool = {} }) => {
        const { scene, handler, task } = await createAttempt({ tool });
        await prepare?.(scene, task);
        const response = await handler(await request(task, scene));
        return JSON.stringify([response.status, [...response.headers], await response.text()]);
      }),
    );
    expect(new Set(told).size).toBe(1);
  });

  it('shows in the audit, once an attempt', async () => {
    const { scene, handler, task } = await createAttempt();
    await handler(holding(task, 'wrong'));
    await handler(post({ ...task, token: 'wrong' }, undefined, { method: 'GET' }));
    const refused = scene.events.filter(({ type }) => type === 'task.refused');
    expect(refused).toMatchObject([{ id: task.id, detail: 'unauthorized' }, { detail: 'unauthorized' }]);
  });

  it('with the token of an equal call of another tenant gets nowhere', async () => {
    const { scene, handler, task } = await createAttempt();
    const other = { tenant: 'other', thread: 'chat-1' };
    const theirs = await scene.dispatch({ scope: other });
    expect((await handler(post({ ...theirs, token: task.token }, done))).status).toBe(404);
    expect((await handler(post(theirs, done))).status).toBe(202);
    expect((await scene.task(task.id)).status).toBe('working');
    expect((await scene.task(theirs.id, other)).status).toBe('completed');
  });

  it('whom the policy refuses cannot be told from one without the token', async () => {
    const { scene, handler, task } = await createAttempt({ policy: { authorize: () => false } });
    const refused = await handler(post(task, done));
    const wrong = await handler(holding(task, 'wrong'));
    expect([refused.status, await refused.text()]).toEqual([404, await wrong.text()]);
    expect(await scene.task(task.id)).toMatchObject({ status: 'failed', settlement: { error: { code: 'withheld' } } });
  });

  it('cannot make the store look for what is no id', async () => {
    const asked: string[] = [];
    const store = createMemoryStore();
    const locate = async (id: string) => {
      asked.push(id);
      return store.locate(id);
    };
    const { handler, task } = await createAttempt({ store: { ...store, locate } });
    for (const id of ['%00', 'a%2Fb', 'a%20b', '%27%3B--', 'x'.repeat(201), '%E2%98%83']) {
      await handler(at(task, `https://app.example/callback/${id}`));
    }
    expect(asked).toEqual([]);
  });
});

describe('a token', () => {
  it('is in no answer, no log, no audit and no store', async () => {
    const logged: unknown[] = [];
    for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
      vi.spyOn(console, method).mockImplementation((...args) => void logged.push(args));
    }
    const { scene, task } = await createAttempt();
    let broken = false;
    const onSettled = () => {
      if (broken) throw new Error('the queue is down');
    };
    const { handler } = createCallbackRoute({ ...scene, onSettled, tokenInQuery: true, maxBodyBytes: 1_000 });
    const requests = [
      post(task, { progress: { message: 'half' } }),
      post({ ...task, url: `${task.url}?token=${task.token}` }, undefined, { method: 'GET', headers: {} }),
      post(task, '{'),
      post(task, 'x'.repeat(2_000)),
      post(task, done, { method: 'PUT' }),
      holding(task, task.token.slice(1)),
      post(task, done),
      post(task, done),
      post(task, completed('other')),
    ];
    const answers: unknown[] = [];
    for (const request of requests) {
      broken = answers.length === requests.length - 2;
      const response = await handler(request);
      answers.push([response.status, [...response.headers], await response.text()]);
    }
    vi.restoreAllMocks();
    expect(logged).toHaveLength(1); // the queue
    const seen = `${JSON.stringify([answers, scene.events, await scene.task(task.id)])} ${String(logged)}`;
    expect(seen).not.toContain(task.token);
    expect(seen).toContain(task.id);
  });
});
