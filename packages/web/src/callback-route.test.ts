import { verdictOf } from '@latecall/core';
import { describe, expect, it, vi } from 'vitest';
import { completed, createScene, type Pending, post, type Scene, type SceneOptions, scope } from '../test/fixtures.ts';
import { type CallbackRouteOptions, createCallbackRoute, type RouteHandler } from './index.ts';

const done = completed({ url: 'u' });

async function createPending(
  options: SceneOptions = {},
  more: Partial<CallbackRouteOptions<Scene['tools']>> = {},
): Promise<{ scene: Scene; task: Pending; handler: RouteHandler }> {
  const scene = createScene(options);
  const { handler } = createCallbackRoute({ ...scene, ...more });
  return { scene, handler, task: await scene.dispatch() };
}

const get = (task: Pending) => post(task, undefined, { method: 'GET' });

describe('POST', () => {
  it('accepts one of twenty at once, and stores that one', async () => {
    const { scene, handler, task } = await createPending();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => handler(post(task, completed(index)))));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([202, ...Array.from({ length: 19 }, () => 409)]);
    expect((await scene.task(task.id)).settlement).toEqual(completed(statuses.indexOf(202)));
  });

  it('hashes the token once', async () => {
    const { handler, task } = await createPending();
    const digest = vi.spyOn(crypto.subtle, 'digest');
    expect((await handler(post(task, done))).status).toBe(202);
    const hashed = digest.mock.calls.map(([, data]) => new TextDecoder().decode(data));
    digest.mockRestore();
    expect(hashed.filter((text) => text === task.token)).toHaveLength(1);
  });

  it('takes a result that overtakes the receipt', async () => {
    const statuses: number[] = [];
    const scene: Scene = createScene({
      tool: {
        dispatch: async (_, { callback }) => {
          if (callback !== undefined) statuses.push((await route.handler(post(callback, done))).status);
          return { job: 1 };
        },
      },
    });
    const route = createCallbackRoute(scene);
    const { id } = await scene.dispatch();
    expect(statuses).toEqual([202]);
    expect(await scene.task(id)).toMatchObject({ status: 'completed', settlement: done, dispatchResult: { job: 1 } });
  });

  it('stores what was reported', async () => {
    const { scene, handler, task } = await createPending();
    await handler(post(task, { progress: { message: 'rendering', fraction: 0.5 }, sequence: 1 }));
    await handler(post(task, { log: { message: 'slow today', level: 'warning' } }));
    await handler(post(task, { inputRequest: { key: 'voice', message: 'Which voice?' } }));
    expect(await scene.task(task.id)).toMatchObject({
      status: 'input_required',
      progress: { message: 'rendering', fraction: 0.5 },
      log: [{ message: 'slow today', level: 'warning' }],
      inputs: [{ key: 'voice', message: 'Which voice?' }],
      newsSequence: 1,
    });
  });

  it('lets news that were overtaken change nothing', async () => {
    const { scene, handler, task } = await createPending();
    for (const sequence of [1, 3, 2, 3]) await handler(post(task, { progress: { message: `${sequence}` }, sequence }));
    expect(await scene.task(task.id)).toMatchObject({ progress: { message: '3' }, newsCount: 2 });
  });

  it('says of news what became of them', async () => {
    const { scene, handler, task } = await createPending({ tool: { deadline: '15m', lateResult: 'accept' } });
    const send = async (body: unknown) =>
      ((await (await handler(post(task, body))).json()) as { message: string }).message;
    const asks = (message: string) => ({ inputRequest: { key: 'voice', message } });
    expect(await send(asks('Which voice?'))).toContain('was recorded');
    expect(await send(asks('Which voice?'))).toContain('Nothing new');
    expect(await send(asks('Which music?'))).toContain('under the key "voice"');
    for (let index = 1; index < 1_000; index += 1) await send({ log: 'x' });
    expect(await send({ log: 'x' })).toContain('1000 news');
    await scene.clock.advance(900_000);
    await scene.store.expireDue({ now: scene.clock.now() });
    expect(await send({ log: 'x' })).toContain('a late result is taken, but no news');
  });

  it('keeps a late result that is welcome, beside the task that had expired', async () => {
    const { scene, handler, task } = await createPending({ tool: { deadline: '15m', lateResult: 'accept' } });
    await scene.clock.advance(900_000);
    await scene.store.expireDue({ now: scene.clock.now() });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => handler(post(task, completed(index)))));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([202, ...Array.from({ length: 19 }, () => 409)]);
    const [, late] = await scene.store.list(scope);
    expect(late).toMatchObject({ sequelOf: task.id, settlement: completed(statuses.indexOf(202)) });
  });

  it('keeps a late result out that the policy refuses, and tells the app that there was one', async () => {
    const settled: unknown[] = [];
    const { scene, handler, task } = await createPending(
      { tool: { deadline: '15m', lateResult: 'accept' }, policy: { authorize: () => false } },
      { onSettled: ({ scope: where }) => void settled.push(where) },
    );
    await scene.clock.advance(900_000);
    await scene.store.expireDue({ now: scene.clock.now() });
    expect([(await handler(post(task, done))).status, settled]).toEqual([404, [scope]]);
    expect(await scene.later.quarantined(scope)).toMatchObject([{ reason: 'unauthorized', outcome: done }]);
    const state = await (await handler(get(task))).json();
    expect(state).toMatchObject({ status: 'expired' });
    expect(state).not.toHaveProperty('resultMayCome');
  });

  it('names the task by the id that its sender knows, also where the result is kept under another', async () => {
    const { scene, handler, task } = await createPending({ tool: { deadline: '15m', lateResult: 'accept' } });
    await scene.clock.advance(900_000);
    await scene.store.expireDue({ now: scene.clock.now() });
    for (const body of [done, done, completed('other')]) {
      const text = await (await handler(post(task, body))).text();
      expect([text.includes(task.id), text.includes('.late')]).toEqual([true, false]);
    }
  });

  it('ends a task whose result the policy refuses, and tells the sender nothing of it', async () => {
    const policy = { authorize: () => ({ allow: false, reason: 'private-reason' }) };
    const { scene, handler, task } = await createPending({ policy });
    const answers = [await handler(post(task, done)), await handler(post(task, done)), await handler(get(task))];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 200]);
    const [, , state = ''] = await Promise.all(answers.map((answer) => answer.text()));
    expect(JSON.parse(state)).toMatchObject({ status: 'withheld' });
    expect(state).not.toContain('private-reason');
    expect(await scene.later.quarantined(scope)).toMatchObject([
      { id: task.id, reason: 'unauthorized', outcome: done },
    ]);
  });

  it('says what became of the attempt, and what to do', async () => {
    const { handler, task } = await createPending();
    const told = await (await handler(post(task, { status: 'done' }))).json();
    expect(told).toEqual({ verdict: 'invalid', id: task.id, message: expect.stringContaining('outcome.status') });
    expect(await (await handler(post(task, {}))).json()).toEqual({ message: expect.stringContaining('"completed"') });
  });

  it('says which methods there are', async () => {
    const { handler, task } = await createPending();
    const { headers } = await handler(post(task, done, { method: 'PUT' }));
    expect(headers.get('allow')).toBe('GET, HEAD, POST, DELETE');
  });

  it('takes the token from the query where that is allowed', async () => {
    const { handler, task } = await createPending({}, { tokenInQuery: true });
    const url = `${task.url}?token=${task.token}`;
    const wrong = { authorization: 'Bearer wrong' };
    expect((await handler(post({ ...task, url }, done, { headers: wrong }))).status).toBe(404);
    expect((await handler(post({ ...task, url }, done, { headers: {} }))).status).toBe(202);
  });

  it('stops reading a body that would be endless', async () => {
    const { handler, task } = await createPending({}, { maxBodyBytes: 10_000 });
    let read = 0;
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>(
      {
        cancel: () => {
          cancelled = true;
        },
        pull: (controller) => {
          read += 1;
          controller.enqueue(new Uint8Array(1_000));
        },
      },
      { highWaterMark: 0 },
    );
    const headers = { authorization: `Bearer ${task.token}` };
    const request = new Request(task.url, { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
    expect((await handler(request)).status).toBe(413);
    expect([read, cancelled]).toEqual([11, true]);
  });

  it.each([
    [100, 202],
    [129, 422],
    [400_000, 422],
  ])('answers to a result nested %i levels deep with %i', async (levels, status) => {
    const { handler, task } = await createPending();
    const body = `{"status":"completed","result":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    expect((await handler(post(task, body))).status).toBe(status);
  });

  it('reads no body for a stranger', async () => {
    const { handler, task } = await createPending();
    const reads: string[] = [];
    const body = new ReadableStream({ pull: () => void reads.push('read') }, { highWaterMark: 0 });
    const request = new Request(task.url, { method: 'POST', body, duplex: 'half' } as RequestInit);
    expect([(await handler(request)).status, reads]).toEqual([404, []]);
  });

  it('answers 400 to a body that breaks off', async () => {
    const { handler, task } = await createPending();
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('reset')) });
    const headers = { authorization: `Bearer ${task.token}` };
    const request = new Request(task.url, { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
    expect((await handler(request)).status).toBe(400);
  });
});

describe('GET', () => {
  it('tells the state of the task and nothing else of it', async () => {
    const { scene, handler, task } = await createPending({ tool: { deadline: '15m' } });
    await handler(post(task, { progress: { fraction: 0.5 }, log: 'private-log' }));
    const state = { id: task.id, createdAt: '2023-11-14T22:13:20.000Z', deadlineAt: '2023-11-14T22:28:20.000Z' };
    const open = { ...state, progress: { fraction: 0.5 } };
    expect(await (await handler(get(task))).json()).toEqual({ ...open, status: 'working' });
    await scene.clock.advance(60_000);
    await handler(post(task, completed('private-result')));
    const settled = await (await handler(get(task))).json();
    expect(settled).toEqual({ ...open, status: 'completed', settledAt: '2023-11-14T22:14:20.000Z' });
  });

  it('tells the answers to what was asked, so that the outside can poll for them', async () => {
    const { scene, handler, task } = await createPending();
    const read = async () => (await handler(get(task))).json();
    const schema = { type: 'string' };
    await handler(post(task, { inputRequest: { key: 'voice', message: 'Which voice?', schema } }));
    await handler(post(task, { inputRequest: { message: 'Which music?' } }));
    const voice = { key: 'voice', message: 'Which voice?', askedAt: '2023-11-14T22:13:20.000Z' };
    const music = { key: 'input-2', message: 'Which music?', askedAt: '2023-11-14T22:13:20.000Z' };
    expect(await read()).toMatchObject({ status: 'input_required', inputs: [voice, music] });

    await scene.clock.advance(60_000);
    const { later, tools } = scene;
    await later.answer({ id: task.id, scope, key: 'voice', answer: { pitch: null }, tools });
    const answered = { ...voice, answer: { pitch: null }, answeredAt: '2023-11-14T22:14:20.000Z' };
    expect(await read()).toMatchObject({ status: 'input_required' });
    await handler(post(task, { inputRequest: null }));
    const { inputs, status } = (await read()) as { inputs: unknown; status: string };
    expect([status, inputs]).toEqual(['working', [answered, { ...music, withdrawn: true }]]);

    await handler(post(task, done));
    expect(await read()).toMatchObject({ status: 'completed', inputs: [answered, { withdrawn: true }] });
  });

  it('tells an answer that is null from none', async () => {
    const { scene, handler, task } = await createPending();
    await handler(post(task, { inputRequest: { message: 'Which voice, if any?' } }));
    await scene.later.answer({ id: task.id, scope, answer: null, tools: scene.tools });
    expect(await (await handler(get(task))).json()).toMatchObject({ inputs: [{ answer: null }] });
  });

  it('says whether a late result is welcome, until one has come', async () => {
    const { scene, handler, task } = await createPending({ tool: { deadline: '15m', lateResult: 'accept' } });
    const read = async () => (await handler(get(task))).json();
    const welcome = { status: 'expired', resultMayCome: true };
    const { deadlineAt: _, ...made } = await scene.task(task.id);
    expect(await read()).not.toHaveProperty('resultMayCome');
    await scene.clock.advance(900_000);
    expect(await read()).toMatchObject(welcome);
    await scene.store.expireDue({ now: scene.clock.now() });
    expect(await read()).toMatchObject(welcome);
    // A process died between the making of the late task and its outcome.
    const late = { id: `${task.id}.late`, idempotencyKey: `late:${task.id}`, handle: 'late', sequelOf: task.id };
    await scene.store.create({ ...made, ...late });
    expect(await read()).toMatchObject(welcome);
    expect((await handler(post(task, done))).status).toBe(202);
    const after = await read();
    expect(after).toMatchObject({ id: task.id, status: 'expired' });
    expect(after).not.toHaveProperty('resultMayCome');
  });

  it('promises nothing where the tool takes no late result, whatever the outside says', async () => {
    const { handler, task } = await createPending({ tool: { deadline: '15m' } });
    await handler(post(task, { status: 'expired', resultMayCome: true }));
    expect(await (await handler(get(task))).json()).not.toHaveProperty('resultMayCome');
    expect((await handler(post(task, done))).status).toBe(410);
  });

  it('says of a deadline that has passed what it means, though nobody has noticed', async () => {
    const { scene, handler, task } = await createPending({ tool: { deadline: '15m' } });
    await scene.clock.advance(900_000);
    expect(await (await handler(get(task))).json()).toMatchObject({ status: 'expired' });
    expect((await scene.task(task.id)).status).toBe('working');
  });

  it('changes nothing and reports nothing', async () => {
    const { scene, handler, task } = await createPending();
    const [stored, reported] = [await scene.task(task.id), scene.events.length];
    const hints: unknown[] = [];
    scene.store.subscribe((hint) => hints.push(hint));
    await handler(get(task));
    const head = await handler(post(task, undefined, { method: 'HEAD' }));
    expect(await head.text()).toBe('');
    expect([await scene.task(task.id), scene.events.length, hints]).toEqual([stored, reported, []]);
  });

  it('is kept by no cache and told to no other page', async () => {
    const { handler, task } = await createPending();
    const { headers } = await handler(get(task));
    expect([headers.get('cache-control'), headers.get('referrer-policy')]).toEqual(['no-store', 'no-referrer']);
  });
});

describe('DELETE', () => {
  it('cancels, and tells the outside', async () => {
    const told: string[] = [];
    const { scene, handler, task } = await createPending({ tool: { onCancel: ({ id }) => void told.push(id) } });
    expect((await handler(post(task, undefined, { method: 'DELETE' }))).status).toBe(202);
    expect([(await scene.task(task.id)).status, told]).toEqual(['cancelled', [task.id]]);
  });
});

describe('onSettled', () => {
  it('is called with each settled task before the answer, not for news or losers', async () => {
    const settled: unknown[] = [];
    const { handler, task } = await createPending(
      {},
      { onSettled: ({ id, status, scope: where }) => void settled.push([id, status, where]) },
    );
    await handler(post(task, { progress: {} }));
    await handler(post(task, done));
    await handler(post(task, completed('other')));
    expect(settled).toEqual([[task.id, 'completed', scope]]);
  });

  it('is called again with the next attempt if it throws', async () => {
    const errors: unknown[] = [];
    let calls = 0;
    const onSettled = () => {
      calls += 1;
      if (calls === 1) throw new Error('the queue is down');
    };
    const { handler, task } = await createPending({}, { onSettled, onError: (error) => void errors.push(error) });
    const statuses = [(await handler(post(task, done))).status, (await handler(post(task, done))).status];
    expect([statuses, calls, errors]).toEqual([[500, 200], 2, [new Error('the queue is down')]]);
  });

  it('is called for a result that the policy refused, and again with the next attempt', async () => {
    const settled: unknown[] = [];
    const { handler, task } = await createPending(
      { policy: { authorize: () => false } },
      { onSettled: ({ id, scope: where }) => void settled.push([id, where]) },
    );
    await handler(post({ ...task, token: 'wrong' }, done));
    expect(settled).toEqual([]);
    await handler(post(task, done));
    await handler(post(task, done));
    expect(settled).toEqual([
      [task.id, scope],
      [task.id, scope],
    ]);
  });

  it('is not called for a task that goes on, whatever was refused', async () => {
    const scene = createScene();
    const task = await scene.dispatch();
    const settled: unknown[] = [];
    const { handler } = createCallbackRoute({
      ...scene,
      later: { ...scene.later, settle: async ({ tools: _ }) => verdictOf({ verdict: 'unauthorized', id: task.id }) },
      onSettled: ({ id }) => void settled.push(id),
    });
    expect([(await handler(post(task, done))).status, settled]).toEqual([404, []]);
  });

  it('is called with the task of a late result', async () => {
    const settled: unknown[] = [];
    const { scene, handler, task } = await createPending(
      { tool: { deadline: '15m', lateResult: 'accept' } },
      { onSettled: ({ sequelOf, status, scope: where }) => void settled.push([sequelOf, status, where]) },
    );
    await scene.clock.advance(900_000);
    await scene.store.expireDue({ now: scene.clock.now() });
    await handler(post(task, done));
    expect(settled).toEqual([[task.id, 'completed', scope]]);
  });

  it('is called for a cancellation', async () => {
    const settled: string[] = [];
    const { handler, task } = await createPending({}, { onSettled: ({ status }) => void settled.push(status) });
    await handler(post(task, undefined, { method: 'DELETE' }));
    expect(settled).toEqual(['cancelled']);
  });
});

describe('an error of ours', () => {
  it('is a 500 that tells nothing of it, and goes to onError', async () => {
    const scene = createScene();
    const task = await scene.dispatch();
    const errors: unknown[] = [];
    const findByToken = async () => {
      throw new Error('password authentication failed for user "app"');
    };
    const later = { ...scene.later, findByToken };
    const { handler } = createCallbackRoute({ ...scene, later, onError: (error) => void errors.push(error) });
    const response = await handler(post(task, done));
    expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining('password')]);
    expect(errors).toMatchObject([{ message: expect.stringContaining('password') }]);
  });

  it('is a 500 also if onError throws', async () => {
    const onError = () => {
      throw new Error('the log is full');
    };
    const onSettled = onError;
    const { handler, task } = await createPending({}, { onError, onSettled });
    expect((await handler(post(task, done))).status).toBe(500);
  });

  it('says what to do about a body that something has read before', async () => {
    const errors: unknown[] = [];
    const { handler, task } = await createPending({}, { onError: (error) => void errors.push(error) });
    const request = post(task, done);
    await request.text();
    expect((await handler(request)).status).toBe(500);
    expect(errors).toMatchObject([{ code: 'body_used', message: expect.stringContaining('ahead of body parsers') }]);
  });
});
