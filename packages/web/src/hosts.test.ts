import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as send } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { answerMessage, type ChatScene, createChatScene, userMessage } from '../test/chat-scene.ts';
import { countListeners, type Listeners } from '../test/count-listeners.ts';
import { completed, createScene, type Pending, type Scene, scope } from '../test/fixtures.ts';
import { type Host, hosts } from '../test/hosts.ts';
import { readEvents } from '../test/read-events.ts';
import { createCallbackRoute, createEventsRoute, createTasksRoute } from './index.ts';

const running: Host[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((host) => host.close()));
});

const done = completed({ url: 'u' });

/** A scene whose callbacks come in at a host. */
async function start(name: string): Promise<{ scene: Scene; origin: string; listeners: Listeners; chat: ChatScene }> {
  const open = hosts[name];
  if (open === undefined) throw new Error(`There is no host "${name}".`);
  const scene = createScene();
  const listeners = countListeners(scene.store);
  const chat = createChatScene(scene.store);
  const session = (request: Request) => (request.headers.get('cookie') === 'session=1' ? scope : undefined);
  const host = await open({
    callback: createCallbackRoute({ ...scene, maxBodyBytes: 10_000 }).handler,
    events: createEventsRoute({
      ...scene,
      later: { store: { ...scene.store, subscribe: listeners.subscribe } },
      scopeOf: session,
    }).handler,
    tasks: createTasksRoute({ ...scene, scopeOf: session, maxBodyBytes: 10_000 }).handler,
    chat: chat.chat.handler,
  });
  running.push(host);
  return { scene, origin: host.origin, listeners, chat };
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

/** What a page of the app sends. */
const ask = (origin: string, method: string, body?: unknown, headers: Record<string, string> = {}) =>
  fetch(`${origin}/tasks`, {
    method,
    headers: { cookie: 'session=1', 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

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

  it('takes an answer from a page, which the outside then polls, and a cancellation', async () => {
    const { scene, origin } = await start(name);
    const task = await pendingAt(scene, origin);
    expect((await call(task, { inputRequest: { key: 'voice', message: 'Which voice?' } })).status).toBe(202);

    const listed = await ask(origin, 'GET');
    const { handle } = await scene.task(task.id);
    expect([listed.status, await listed.json()]).toMatchObject([200, [{ handle, inputRequest: { key: 'voice' } }]]);
    const answer = { handle, key: 'voice', answer: 'low' };
    expect((await ask(origin, 'POST', answer, { cookie: 'session=2' })).status).toBe(404);
    expect((await ask(origin, 'POST', answer, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await ask(origin, 'POST', answer, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await ask(origin, 'POST', { ...answer, answer: 'x'.repeat(20_000) })).status).toBe(413);
    expect((await ask(origin, 'POST', answer)).status).toBe(202);
    expect((await ask(origin, 'POST', answer)).status).toBe(200);

    const state = await call(task, undefined, 'GET');
    expect(await state.json()).toMatchObject({ status: 'working', inputs: [{ key: 'voice', answer: 'low' }] });

    expect((await ask(origin, 'DELETE', { handle, reason: 'too slow' })).status).toBe(202);
    expect((await call(task, done)).status).toBe(410);
    const other = await scene.task((await scene.dispatch()).id);
    const byUrl = { method: 'DELETE', headers: { cookie: 'session=1' } };
    expect((await fetch(`${origin}/tasks?handle=${other.handle}`, byUrl)).status).toBe(202);
  });

  it('streams a chat as it is said, and goes on when its reader leaves', async () => {
    const { origin, chat } = await start(name);
    const body = JSON.stringify({ message: userMessage('u1', 'Hello') });
    const headers = { 'content-type': 'application/json' };
    const leaving = new AbortController();
    const posting = fetch(`${origin}/chat`, { method: 'POST', headers, body, signal: leaving.signal });
    const run = await chat.nextRun();
    const reader = (await posting).body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('"type":"start"');
    leaving.abort();
    run.say('Fine.');
    await run.end();
    const messages = [userMessage('u1', 'Hello'), answerMessage('answer_1', 'Fine.')];
    expect(await (await fetch(`${origin}/chat`)).json()).toEqual(messages);
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
