import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as send } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { countListeners, type Listeners } from '../test/count-listeners.ts';
import { completed, createScene, type Pending, type Scene, scope } from '../test/fixtures.ts';
import { type Host, hosts } from '../test/hosts.ts';
import { readEvents } from '../test/read-events.ts';
import { createCallbackRoute, createEventsRoute } from './index.ts';

const running: Host[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((host) => host.close()));
});

const done = completed({ url: 'u' });

/** A scene whose callbacks come in at a host. */
async function start(name: string): Promise<{ scene: Scene; origin: string; listeners: Listeners }> {
  const open = hosts[name];
  if (open === undefined) throw new Error(`There is no host "${name}".`);
  const scene = createScene();
  const listeners = countListeners(scene.store);
  const host = await open({
    callback: createCallbackRoute({ ...scene, maxBodyBytes: 10_000 }).handler,
    events: createEventsRoute({
      ...scene,
      later: { store: { ...scene.store, subscribe: listeners.subscribe } },
      scope: (request) => (request.headers.get('cookie') === 'session=1' ? scope : undefined),
    }).handler,
  });
  running.push(host);
  return { scene, origin: host.origin, listeners };
}

/** A task whose callback leads to the host. */
async function pendingAt(scene: Scene, origin: string): Promise<Pending> {
  const task = await scene.dispatch();
  return { ...task, url: task.url.replace('https://app.example', origin) };
}

const call = (task: Pending, body?: unknown, method = 'POST') =>
  fetch(task.url, {
    method,
    headers: { authorization: `Bearer ${task.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

const listenTo = (origin: string, headers: Record<string, string> = {}, signal = new AbortController().signal) =>
  fetch(`${origin}/events`, { headers: { cookie: 'session=1', ...headers }, signal });

describe.each(Object.keys(hosts))('%s', (name) => {
  it('serves the callback unchanged', async () => {
    const { scene, origin } = await start(name);
    const task = await pendingAt(scene, origin);
    const wrong = await call({ ...task, token: 'wrong' }, done);
    expect([wrong.status, await wrong.json()]).toMatchObject([404, { verdict: 'unknown' }]);
    expect((await call(task, { progress: { fraction: 0.5 } })).status).toBe(202);
    const state = await call(task, undefined, 'GET');
    expect([state.status, await state.json()]).toMatchObject([200, { status: 'working', progress: { fraction: 0.5 } }]);
    expect((await call(task, done, 'PUT')).status).toBe(405);
    expect((await call(task, done)).status).toBe(202);
    expect((await call(task, done)).status).toBe(200);
    expect((await call(task, completed('other'))).status).toBe(409);
    expect((await call(await pendingAt(scene, origin), undefined, 'DELETE')).status).toBe(202);
    expect((await scene.task(task.id)).settlement).toEqual(done);
  });

  it('answers 413 to a body whose end never comes', async () => {
    const { scene, origin } = await start(name);
    const task = await pendingAt(scene, origin);
    const upload = send(task.url, { method: 'POST', headers: { authorization: `Bearer ${task.token}` } });
    const answered = answerOf(upload);
    upload.write(Buffer.alloc(20_000, 'x'));
    expect((await answered).statusCode).toBe(413);
    upload.destroy();
  });

  it('streams events, lets go of a listener that leaves, and tells it on return what it missed', async () => {
    const { scene, origin, listeners } = await start(name);
    const task = await scene.dispatch();
    const leaving = new AbortController();
    const first = await listenTo(origin, {}, leaving.signal);
    expect(first.headers.get('content-type')).toContain('text/event-stream');
    const events = readEvents(first);
    expect(await events.next()).toEqual({ comment: 'open' });
    expect(await events.next()).toMatchObject({ event: 'async-function', data: { status: 'working' } });
    await scene.later.report({ id: task.id, progress: { fraction: 0.5 } });
    const last = await events.next();
    expect(last).toMatchObject({ data: { progress: { fraction: 0.5 } } });
    expect(listeners.count).toBe(1);

    leaving.abort();
    await listeners.none();
    await scene.later.settle({ id: task.id, outcome: done, tools: scene.tools });

    const again = readEvents(await listenTo(origin, { 'last-event-id': last?.id ?? '' }));
    expect(await again.next()).toEqual({ comment: 'open' });
    expect(await again.next()).toMatchObject({ data: { status: 'completed' } });
    expect(listeners.count).toBe(1);
    await again.close();
    await listeners.none();
  });

  it('shows no events to whom the app does not know', async () => {
    const { origin } = await start(name);
    const response = await listenTo(origin, { cookie: 'session=2' });
    expect(response.status).toBe(404);
    await response.text();
  });
});

async function answerOf(request: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  request.on('error', () => {}); // the server hangs up on the rest
  return response;
}
