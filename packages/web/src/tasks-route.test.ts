import { describe, expect, it } from 'vitest';
import { completed, createScene, type Scene, type SceneOptions, scope } from '../test/fixtures.ts';
import { createTasksRoute, type RouteHandler, type TasksRouteOptions } from './index.ts';

const done = completed('private-result');
const low = 'private-low';
const voice = { key: 'voice', message: 'Which voice?' };

interface Page {
  readonly scene: Scene;
  readonly handler: RouteHandler;
  /** What went wrong on our side. */
  readonly errors: unknown[];
  /** Dispatches a call and tells its id and its handle. */
  dispatch(): Promise<{ id: string; handle: string }>;
}

function createPage(options: SceneOptions = {}, more: Partial<TasksRouteOptions<Scene['tools']>> = {}): Page {
  const scene = createScene({ ...options, tool: { deadline: '15m', ...options.tool } });
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const { handler } = createTasksRoute({ ...scene, scopeOf: () => scope, onError, ...more });
  return {
    scene,
    handler,
    errors,
    dispatch: async () => {
      const { id } = await scene.dispatch();
      return { id, handle: (await scene.task(id)).handle };
    },
  };
}

interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly query?: string;
}

/** A request as a page sends it by `fetch`. */
function send(body: unknown, { method = 'POST', headers = {}, query = '' }: Sent = {}): Request {
  return new Request(`https://app.example/api/chats/1/tasks${query}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

const get = () => send(undefined, { method: 'GET' });
const cancels = (body: unknown) => send(body, { method: 'DELETE' });

describe('GET', () => {
  it('lists what the conversation waits for, oldest first', async () => {
    const { scene, handler, dispatch } = createPage();
    const first = await dispatch();
    const settled = await dispatch();
    const second = await dispatch();
    await scene.dispatch({ scope: { ...scope, branch: 'b' } });
    await scene.later.settle({ id: settled.id, outcome: done, tools: scene.tools });
    await scene.later.report({ id: second.id, progress: { fraction: 0.5 }, inputRequest: voice });
    const response = await handler(get());
    const common = {
      toolName: 'render',
      toolCallId: 'c1',
      dispatchedAt: '2023-11-14T22:13:20.000Z',
      deadlineAt: '2023-11-14T22:28:20.000Z',
    };
    expect([response.status, await response.json()]).toEqual([
      200,
      [
        { ...common, handle: first.handle, status: 'working' },
        {
          ...common,
          handle: second.handle,
          status: 'input_required',
          progress: { fraction: 0.5 },
          inputRequest: voice,
        },
      ],
    ]);
  });

  it('shows a deadline that has passed, though nobody has noticed', async () => {
    const { scene, handler, dispatch } = createPage();
    await dispatch();
    await scene.clock.advance(900_000);
    expect(await (await handler(get())).json()).toMatchObject([{ status: 'expired' }]);
  });

  it('has nothing to list in a new conversation', async () => {
    const { handler } = createPage();
    const response = await handler(get());
    expect([response.status, await response.json(), response.headers.get('cache-control')]).toEqual([
      200,
      [],
      'no-store',
    ]);
  });

  it('changes nothing', async () => {
    const { scene, handler, dispatch } = createPage();
    const { id } = await dispatch();
    const [stored, reported] = [await scene.task(id), scene.events.length];
    await handler(get());
    expect(await (await handler(send(undefined, { method: 'HEAD' }))).text()).toBe('');
    expect([await scene.task(id), scene.events.length]).toEqual([stored, reported]);
  });
});

describe('an answer', () => {
  it('is stored, and told to the outside', async () => {
    const told: unknown[] = [];
    const { scene, handler, dispatch } = createPage({ tool: { onInput: (answer) => void told.push(answer) } });
    const { id, handle } = await dispatch();
    await scene.later.report({ id, inputRequest: voice });
    const response = await handler(send({ handle, key: 'voice', answer: { pitch: 'low' } }));
    expect([response.status, await response.json()]).toEqual([
      202,
      { verdict: 'accepted', handle, message: 'The answer to "voice" was recorded.' },
    ]);
    expect(told).toEqual([{ key: 'voice', answer: { pitch: 'low' } }]);
    expect(await scene.task(id)).toMatchObject({ status: 'working', inputs: [{ answer: { pitch: 'low' } }] });
  });

  it('without a key goes to the question that waits longest', async () => {
    const { scene, handler, dispatch } = createPage();
    const { id, handle } = await dispatch();
    await scene.later.report({ id, inputRequest: voice });
    await scene.later.report({ id, inputRequest: { key: 'music', message: 'Which music?' } });
    await handler(send({ handle, answer: 1 }));
    await handler(send({ handle, answer: 2 }));
    expect(await scene.task(id)).toMatchObject({ status: 'working', inputs: [{ answer: 1 }, { answer: 2 }] });
  });

  it('is taken once, of twenty at the same time', async () => {
    const { scene, handler, dispatch } = createPage();
    const { id, handle } = await dispatch();
    await scene.later.report({ id, inputRequest: voice });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, answer) => handler(send({ handle, key: 'voice', answer }))),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([202, ...Array.from({ length: 19 }, () => 409)]);
    expect(await scene.task(id)).toMatchObject({ inputs: [{ answer: statuses.indexOf(202) }] });
  });

  it('that the outside was not told can be sent again', async () => {
    let calls = 0;
    const onInput = () => {
      calls += 1;
      if (calls === 1) throw new Error('the farm is down');
    };
    const { scene, handler, errors, dispatch } = createPage({ tool: { onInput } });
    const { id, handle } = await dispatch();
    await scene.later.report({ id, inputRequest: voice });
    const first = await handler(send({ handle, key: 'voice', answer: 'low' }));
    expect([first.status, await first.text()]).toEqual([500, expect.not.stringContaining('farm')]);
    expect((await handler(send({ handle, key: 'voice', answer: 'low' }))).status).toBe(200);
    expect([calls, errors]).toEqual([2, [new Error('the farm is down')]]);
  });
});

describe('a cancellation', () => {
  it('ends the task, tells the outside and the app, and keeps the reason for the model', async () => {
    const [told, settled]: [string[], string[]] = [[], []];
    const { scene, handler, dispatch } = createPage(
      { tool: { onCancel: ({ id }) => void told.push(id) } },
      { onSettled: ({ id }) => void settled.push(id) },
    );
    const { id, handle } = await dispatch();
    const response = await handler(cancels({ handle, reason: 'too slow' }));
    expect([response.status, await response.json()]).toEqual([
      202,
      { verdict: 'accepted', handle, message: `"${handle}" was cancelled.` },
    ]);
    expect([told, settled]).toEqual([[id], [id]]);
    expect((await scene.task(id)).settlement).toEqual({ status: 'cancelled', reason: 'too slow' });
  });

  it('needs no body', async () => {
    const { scene, handler, dispatch } = createPage();
    const { id, handle } = await dispatch();
    const response = await handler(send(undefined, { method: 'DELETE', query: `?handle=${handle}` }));
    expect([response.status, (await scene.task(id)).status]).toEqual([202, 'cancelled']);
  });
});

describe('a handle', () => {
  it('may be cut short, as long as it names one task', async () => {
    const { scene, handler, dispatch } = createPage();
    const { id, handle } = await dispatch();
    expect((await handler(cancels({ handle: handle.slice(0, -1).toUpperCase() }))).status).toBe(202);
    expect((await scene.task(id)).status).toBe('cancelled');
  });
});

interface Case {
  readonly name: string;
  readonly status: number;
  readonly prepare?: (scene: Scene, id: string) => unknown;
  readonly request: (handle: string) => Request;
  /** The status of the task afterwards. @default 'input_required' */
  readonly after?: string;
}

const answers = (answer: unknown, key?: unknown) => (handle: string) =>
  send({ handle, ...(key === undefined ? {} : { key }), answer });
const answered: Case['prepare'] = ({ later, tools }, id) => later.answer({ id, scope, answer: low, tools });
const settled: Case['prepare'] = ({ later, tools }, id) => later.settle({ id, outcome: done, tools });
const cancelled: Case['prepare'] = ({ later, tools }, id) => later.cancel({ id, scope, tools });
const overdue: Case['prepare'] = ({ clock }) => clock.advance(900_000);
const withdrawn: Case['prepare'] = ({ later }, id) => later.report({ id, inputRequest: null });
const from = (site: string) => ({ 'sec-fetch-site': site });
const form = { 'content-type': 'application/x-www-form-urlencoded' };

const cases: Case[] = [
  // methods and where they come from
  { name: 'PUT', status: 405, request: (handle) => send({ handle, answer: 1 }, { method: 'PUT' }) },
  { name: 'OPTIONS', status: 405, request: () => send(undefined, { method: 'OPTIONS' }) },
  {
    name: 'an answer from another site',
    status: 403,
    request: (handle) => send({ handle, answer: 1 }, { headers: from('cross-site') }),
  },
  {
    name: 'a cancellation from another site',
    status: 403,
    request: (handle) => send({ handle }, { method: 'DELETE', headers: from('cross-site') }),
  },
  {
    name: 'a cancellation by URL from another site',
    status: 403,
    request: (handle) => send(undefined, { method: 'DELETE', query: `?handle=${handle}`, headers: from('cross-site') }),
  },
  {
    name: 'an answer from its own site',
    status: 202,
    after: 'working',
    request: (handle) => send({ handle, answer: 1 }, { headers: from('same-origin') }),
  },
  {
    name: 'an answer as a form can send it',
    status: 415,
    request: (handle) => send({ handle, answer: 1 }, { headers: form }),
  },
  {
    name: 'an answer as text/plain',
    status: 415,
    request: (handle) => send({ handle, answer: 1 }, { headers: { 'content-type': 'text/plain' } }),
  },
  {
    name: 'an answer of a type that begins as JSON',
    status: 415,
    request: (handle) => send({ handle, answer: 1 }, { headers: { 'content-type': 'application/jsonp' } }),
  },
  {
    name: 'a cancellation as a form',
    status: 415,
    request: (handle) => send({ handle }, { method: 'DELETE', headers: form }),
  },
  {
    name: 'JSON that says it is UTF-8',
    status: 202,
    after: 'working',
    request: (handle) =>
      send({ handle, answer: 1 }, { headers: { 'content-type': 'Application/JSON; charset=utf-8' } }),
  },

  // bodies
  { name: 'no body', status: 415, request: () => send(undefined) },
  { name: 'an empty body', status: 400, request: () => send('') },
  { name: 'not JSON', status: 400, request: () => send('{') },
  { name: 'too long', status: 413, request: (handle) => send({ handle, answer: 'x'.repeat(3_000) }) },
  {
    name: 'gzip',
    status: 415,
    request: (handle) => send({ handle, answer: 1 }, { headers: { 'content-encoding': 'gzip' } }),
  },
  { name: 'nested without end', status: 422, request: () => send(`${'['.repeat(400)}${']'.repeat(400)}`) },
  { name: 'a list', status: 422, request: (handle) => send([{ handle, answer: 1 }]) },
  { name: 'JSON null', status: 422, request: () => send(null) },
  { name: 'an answer without a handle', status: 422, request: () => send({ answer: 1 }) },
  { name: 'a handle that is no text', status: 422, request: () => send({ handle: 1, answer: 1 }) },
  { name: 'an empty handle', status: 422, request: () => send({ handle: '', answer: 1 }) },
  { name: 'a handle without an answer', status: 422, request: (handle) => send({ handle }) },
  { name: 'a key that is no text', status: 422, request: answers(1, 7) },
  { name: 'a cancellation of nothing', status: 422, request: () => send(undefined, { method: 'DELETE' }) },
  { name: 'a cancellation of JSON null', status: 422, request: () => cancels(null) },
  { name: 'a reason that is no text', status: 422, request: (handle) => cancels({ handle, reason: { a: 1 } }) },
  { name: 'a long reason', status: 422, request: (handle) => cancels({ handle, reason: 'x'.repeat(2_001) }) },

  // answers
  { name: 'an answer', status: 202, after: 'working', request: answers(low) },
  { name: 'an answer that is null', status: 202, after: 'working', request: answers(null) },
  { name: 'an answer by key', status: 202, after: 'working', request: answers(low, 'voice') },
  { name: 'the same answer again', status: 200, after: 'working', prepare: answered, request: answers(low, 'voice') },
  { name: 'another answer', status: 409, after: 'working', prepare: answered, request: answers('high', 'voice') },
  { name: 'an answer to nothing', status: 422, after: 'working', prepare: answered, request: answers(low) },
  { name: 'an answer under another key', status: 422, request: answers(low, 'music') },
  {
    name: 'an answer to what was taken back',
    status: 409,
    after: 'working',
    prepare: withdrawn,
    request: answers(low, 'voice'),
  },
  {
    name: 'an answer after the result',
    status: 409,
    after: 'completed',
    prepare: settled,
    request: answers(low, 'voice'),
  },

  // cancellations
  { name: 'a cancellation', status: 202, after: 'cancelled', request: (handle) => cancels({ handle }) },
  {
    name: 'a cancellation again',
    status: 200,
    after: 'cancelled',
    prepare: cancelled,
    request: (handle) => cancels({ handle }),
  },
  {
    name: 'a cancellation again, for another reason',
    status: 410,
    after: 'cancelled',
    prepare: cancelled,
    request: (handle) => cancels({ handle, reason: 'changed my mind' }),
  },
  {
    name: 'a cancellation after the result',
    status: 409,
    after: 'completed',
    prepare: settled,
    request: (handle) => cancels({ handle }),
  },
  {
    name: 'a cancellation after the deadline',
    status: 410,
    prepare: overdue,
    request: (handle) => cancels({ handle }),
  },
];

describe('the tasks route', () => {
  it.each(cases)('answers $status to: $name', async ({ status, prepare, request, after = 'input_required' }) => {
    const { scene, handler, dispatch } = createPage({}, { maxBodyBytes: 2_500 });
    const { id, handle } = await dispatch();
    await scene.later.report({ id, inputRequest: voice });
    await prepare?.(scene, id);
    const response = await handler(request(handle));
    expect([response.status, (await scene.task(id)).status]).toEqual([status, after]);
  });

  it('lets no id, token, receipt, argument, log, result or answer out, whatever it answers', async () => {
    const seen: string[] = [];
    for (const { prepare, request } of cases) {
      const { scene, handler } = createPage({}, { maxBodyBytes: 2_500 });
      const { id, token } = await scene.dispatch();
      const { handle, tokenHashes, idempotencyKey } = await scene.task(id);
      await scene.later.report({ id, log: 'private-log', inputRequest: voice });
      await prepare?.(scene, id);
      for (const response of [await handler(request(handle)), await handler(get())]) {
        const text = `${JSON.stringify([...response.headers])} ${await response.text()}`;
        const secrets = [id, token, ...tokenHashes, idempotencyKey, 'private-', 'receipt-of-the-farm'];
        seen.push(...secrets.filter((secret) => text.includes(secret)));
      }
    }
    expect(seen).toEqual([]);
  });
});

describe('a stranger', () => {
  interface Attempt {
    readonly name: string;
    readonly request: (handle: string, theirs: { id: string; handle: string }) => Request;
    /** Nobody is signed in. */
    readonly signedOut?: true;
  }

  // The stranger is signed in for one conversation, with a task of its own, and wants at that of another.
  const attempts: Attempt[] = [
    { name: 'the handle of another conversation', request: (handle) => send({ handle, key: 'voice', answer: 1 }) },
    { name: 'the handle of another conversation, DELETE', request: (handle) => cancels({ handle }) },
    {
      name: 'the handle of another conversation, DELETE by URL',
      request: (handle) => send(undefined, { method: 'DELETE', query: `?handle=${handle}` }),
    },
    { name: 'the start of it', request: (handle) => cancels({ handle: handle.slice(0, -1) }) },
    { name: 'the start of several', request: () => cancels({ handle: 'render' }) },
    { name: 'the id of a task', request: (_, { id }) => cancels({ handle: id }) },
    { name: 'more than a handle', request: (_, { handle }) => cancels({ handle: `${handle}x` }) },
    { name: 'a handle of nothing but signs', request: () => cancels({ handle: '"%"' }) },
    { name: '__proto__', request: () => send({ handle: '__proto__', answer: 1 }) },
    { name: 'no session, GET', signedOut: true, request: () => get() },
    { name: 'no session, POST', signedOut: true, request: (handle) => send({ handle, answer: 1 }) },
    { name: 'no session, DELETE', signedOut: true, request: (handle) => cancels({ handle }) },
    { name: 'no session, a body that is none', signedOut: true, request: () => send('{') },
    {
      name: 'no session, and the scope in the body',
      signedOut: true,
      request: (handle) => send({ handle, answer: 1, scope }),
    },
  ];

  const answerTo = async ({ request, signedOut }: Attempt) => {
    const theirScope = { tenant: 'other', thread: 'chat-1' };
    const { scene, handler, dispatch } = createPage(
      {},
      { scopeOf: () => (signedOut === true ? undefined : theirScope) },
    );
    const { id, handle } = await dispatch();
    await scene.later.report({ id, inputRequest: voice });
    const [their] = [await scene.dispatch({ scope: theirScope }), await scene.dispatch({ scope: theirScope })];
    const theirs = { id: their.id, handle: (await scene.task(their.id, theirScope)).handle };
    const before = await scene.store.list(theirScope);
    const stored = await scene.task(id);
    const response = await handler(request(handle, theirs));
    expect(await scene.task(id)).toEqual(stored);
    expect(await scene.store.list(theirScope)).toEqual(before);
    return response;
  };

  it.each(attempts)('is answered 404 with $name, and nothing changes', async (attempt) => {
    expect((await answerTo(attempt)).status).toBe(404);
  });

  it('is told the same whatever the reason, to the byte', async () => {
    const told = await Promise.all(
      attempts.map(async (attempt) => {
        const response = await answerTo(attempt);
        return JSON.stringify([[...response.headers], await response.text()]);
      }),
    );
    expect(new Set(told).size).toBe(1);
  });

  it.each([
    ['tenant', { tenant: 'other', thread: 'chat-1' }],
    ['thread', { tenant: 'acme', thread: 'chat-2' }],
    ['branch', { tenant: 'acme', thread: 'chat-1', branch: 'b' }],
  ])('of another %s sees nothing', async (_, theirs) => {
    const { handler, dispatch } = createPage({}, { scopeOf: () => theirs });
    const { handle } = await dispatch();
    expect(await (await handler(get())).json()).toEqual([]);
    expect((await handler(cancels({ handle }))).status).toBe(404);
  });

  it('cannot make a body be read', async () => {
    const reads: string[] = [];
    const { handler } = createPage({}, { scopeOf: () => undefined });
    const body = new ReadableStream({ pull: () => void reads.push('read') }, { highWaterMark: 0 });
    const request = new Request('https://app.example/tasks', { method: 'POST', body, duplex: 'half' } as RequestInit);
    expect([(await handler(request)).status, reads]).toEqual([404, []]);
  });
});

describe('whom to serve', () => {
  it('is asked for every request, with the request', async () => {
    const asked: unknown[] = [];
    const scopeOf = async (request: Request) => {
      asked.push([request.method, request.headers.get('cookie')]);
      return scope;
    };
    const { handler } = createPage({}, { scopeOf });
    await handler(send(undefined, { method: 'GET', headers: { cookie: 'session=1' } }));
    await handler(send({ handle: 'x', answer: 1 }));
    expect(asked).toEqual([
      ['GET', 'session=1'],
      ['POST', null],
    ]);
  });

  it('is nobody for a scope without a thread', async () => {
    const { handler, errors } = createPage({}, { scopeOf: () => ({ thread: '' }) });
    expect((await handler(get())).status).toBe(500);
    expect(errors).toMatchObject([{ code: 'invalid_scope' }]);
  });

  it('tells nothing of a store that is down', async () => {
    const scene = createScene();
    const errors: unknown[] = [];
    const list = async () => {
      throw new Error('password authentication failed for user "app"');
    };
    const later = { ...scene.later, store: { ...scene.store, list } };
    const { DELETE } = createTasksRoute({
      ...scene,
      later,
      scopeOf: () => scope,
      onError: (error) => void errors.push(error),
    });
    const response = await DELETE(cancels({ handle: 'x' }));
    expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining('password')]);
    expect(errors).toHaveLength(1);
  });
});
