import { createMemoryStore, type TaskRecord } from '@latecall/core';
import { describe, expect, it } from 'vitest';
import { countListeners, type Listeners } from '../test/count-listeners.ts';
import { completed, createScene, type Scene, type SceneOptions, scope } from '../test/fixtures.ts';
import { type EventReader, type ReadEvent, readEvents } from '../test/read-events.ts';
import { createEventsRoute, type EventsRouteOptions } from './index.ts';

interface Listening {
  readonly scene: Scene;
  readonly listeners: Listeners;
  /** Opens a stream and reads its first comment. */
  open(more?: { lastEventId?: string | undefined; signal?: AbortSignal }): Promise<EventReader>;
}

function listen(options: SceneOptions = {}, more: Partial<EventsRouteOptions> = {}): Listening {
  const scene = createScene(options);
  const listeners = countListeners(scene.store);
  const store = { ...scene.store, subscribe: listeners.subscribe };
  const { GET } = createEventsRoute({ later: { store }, clock: scene.clock, scopeOf: () => scope, ...more });
  return {
    scene,
    listeners,
    open: async ({ lastEventId, signal } = {}) => {
      const headers = new Headers(lastEventId === undefined ? [] : [['last-event-id', lastEventId]]);
      const request = new Request('https://app.example/events', {
        headers,
        ...(signal === undefined ? {} : { signal }),
      });
      const events = readEvents(await GET(request));
      expect(await events.next()).toEqual({ comment: 'open' });
      return events;
    },
  };
}

const settle = ({ later, tools }: Scene, id: string, result: unknown = 'u') =>
  later.settle({ id, outcome: completed(result), tools });

/** A model has been told the outcome. */
async function consume({ store }: Scene, id: string, where = scope): Promise<void> {
  const wanted = [{ id, delivery: { kind: 'replace', offset: 0 } }] as const;
  await store.claim({ scope: where, claimant: 'run', now: 1, wanted });
  await store.consume(
    { scope: where, id },
    { claimant: 'run', turn: 't', now: 1, told: { outcome: { status: 'withheld' } } },
  );
}

/** All events up to the next sign of life, and the id of the last one. */
async function rest({ clock }: Scene, events: EventReader): Promise<ReadEvent[]> {
  const seen: ReadEvent[] = [];
  for (;;) {
    const next = events.next();
    await turn();
    await clock.advance(15_000);
    const event = await next;
    if (event === undefined || event.comment !== undefined) return seen;
    seen.push(event);
  }
}

/** Lets everything that waits for nothing else go on. */
const turn = () =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

const statuses = (events: readonly ReadEvent[]) => events.map(({ data }) => (data as { status: string }).status);

describe('a stream of events', () => {
  it('begins with the calls that wait or that no model has been told of', async () => {
    const { scene, open } = listen();
    const [working, settled, told] = [await scene.dispatch(), await scene.dispatch(), await scene.dispatch()];
    await settle(scene, settled.id);
    await settle(scene, told.id);
    await consume(scene, told.id);
    const events = await rest(scene, await open());
    const handles = [(await scene.task(working.id)).handle, (await scene.task(settled.id)).handle];
    expect(events.map(({ data }) => data)).toMatchObject([
      { handle: handles[0], status: 'working' },
      { handle: handles[1], status: 'completed' },
    ]);
  });

  it('tells of each change', async () => {
    const { scene, open } = listen();
    const events = await open();
    const { id } = await scene.dispatch();
    expect(await events.next()).toMatchObject({ event: 'async-function', data: { status: 'working' } });
    await scene.later.report({ id, progress: { fraction: 0.5 } });
    expect(await events.next()).toMatchObject({ data: { progress: { fraction: 0.5 } } });
    await scene.later.report({ id, inputRequest: { message: 'Which?' } });
    expect(await events.next()).toMatchObject({
      data: { status: 'input_required', inputRequest: { key: 'input-1', message: 'Which?' } },
    });
    await settle(scene, id);
    expect(await events.next()).toMatchObject({ data: { status: 'completed' } });
  });

  it('tells the question that waits longest, with its key and schema, until it is answered or taken back', async () => {
    const { scene, open } = listen();
    const { id } = await scene.dispatch();
    const { later, tools } = scene;
    const [voice, music] = ['voice', 'music'].map((key) => ({
      key,
      message: `Which ${key}?`,
      schema: { enum: ['a'] },
    }));
    const [, asked] = [await later.report({ id, inputRequest: voice }), await open()];
    expect(await asked.next()).toMatchObject({ data: { status: 'input_required', inputRequest: voice } });
    await later.report({ id, inputRequest: music });
    expect(await rest(scene, asked)).toEqual([]);
    await later.answer({ id, scope, key: 'voice', answer: 'a', tools });
    expect(await asked.next()).toMatchObject({ data: { status: 'input_required', inputRequest: music } });
    await later.report({ id, inputRequest: null });
    const last = await asked.next();
    expect(last).toMatchObject({ data: { status: 'working' } });
    expect(last?.data).not.toHaveProperty('inputRequest');
  });

  it('tells a late result that is welcome, beside the call that had expired', async () => {
    const { scene, open } = listen({ tool: { deadline: '10s', lateResult: 'accept' } });
    const { id } = await scene.dispatch({ callId: 'call-of-the-model' });
    const events = await open();
    const expired = await rest(scene, events);
    expect(statuses(expired)).toEqual(['working', 'expired']);
    await scene.store.expireDue({ now: scene.clock.now() });
    await settle(scene, id);
    const after = await rest(scene, events);
    const { handle } = await scene.task(id);
    const beside = { toolCallId: 'call-of-the-model', toolName: 'render' };
    expect(expired.map(({ data }) => data)).toMatchObject([{ handle, ...beside }, beside]);
    expect(after.map(({ data }) => data)).toMatchObject([{ handle: `${handle}_late`, ...beside, status: 'completed' }]);
    expect(JSON.stringify(after)).not.toContain(id);

    await consume(scene, `${id}.late`);
    expect(statuses(await rest(scene, await open({ lastEventId: after.at(-1)?.id })))).toEqual(['withheld']);
  });

  it('says nothing of the task of a late result before the result is in it', async () => {
    const { scene, open } = listen();
    const call = await scene.task((await scene.dispatch()).id);
    const events = await open();
    await events.next();
    // As it stands for a moment, or until the next attempt if a process died in between.
    const late = { id: 'task_1.late', idempotencyKey: 'late', handle: 'render_late', callIds: ['render_late'] };
    await scene.store.create({ ...call, ...late, sequelOf: 'task_1' });
    expect(await rest(scene, events)).toEqual([]);
    expect(await rest(scene, await open())).toHaveLength(1);
    await settle(scene, late.id);
    // The call that it belongs to is gone from the store: it stands by its own name.
    expect(await events.next()).toMatchObject({ data: { toolCallId: 'render_late', status: 'completed' } });
  });

  it('tells that a result was refused by the policy, and no more of it', async () => {
    const policy = { authorize: () => ({ allow: false, reason: 'private-reason' }) };
    const { scene, open } = listen({ policy });
    const { id } = await scene.dispatch();
    await settle(scene, id, 'private-result');
    const [event] = await rest(scene, await open());
    expect(event).toMatchObject({ data: { status: 'withheld' } });
    expect(JSON.stringify(event)).not.toContain('private');
  });

  it('holds what people may see: no id, no receipt, no token, no result, no arguments, no log, no answers', async () => {
    const { scene, open } = listen();
    const events = await open();
    const { id, token } = await scene.dispatch();
    const first = await events.next();
    await scene.later.report({ id, log: 'private-log', inputRequest: { message: 'Your PIN?' } });
    const asked = await events.next();
    await scene.later.answer({ id, scope, answer: 'private-answer', tools: scene.tools });
    const answered = await events.next();
    await settle(scene, id, 'private-result');
    const text = JSON.stringify([first, asked, answered, await events.next()]);
    const { tokenHashes, idempotencyKey } = await scene.task(id);
    const secrets = [
      id,
      token,
      ...tokenHashes,
      idempotencyKey,
      'private-script',
      'private-result',
      'private-log',
      'private-answer',
      'receipt-of-the-farm',
    ];
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });

  it('says nothing of a hint without a change, and nothing of other conversations', async () => {
    const { scene, open } = listen();
    const { id } = await scene.dispatch();
    const events = await open();
    await events.next();
    await scene.store.update({ scope, id }, {});
    await scene.dispatch({ scope: { tenant: 'other', thread: 'chat-1' } });
    await scene.dispatch({ scope: { ...scope, branch: 'b' } });
    expect(await rest(scene, events)).toEqual([]);
  });

  it('tells a slow listener the latest state, not each one', async () => {
    const { scene, open } = listen();
    const { id } = await scene.dispatch();
    const events = await open();
    await events.next();
    for (const fraction of [0.1, 0.2, 0.3]) await scene.later.report({ id, progress: { fraction } });
    expect(await rest(scene, events)).toMatchObject([{ data: { progress: { fraction: 0.3 } } }]);
  });

  it('finds a change whose hint was lost, and a deadline that nobody has noticed', async () => {
    const store = { ...createMemoryStore(), subscribe: () => () => {} };
    const { scene, open } = listen({ store, tool: { deadline: '20s' } });
    const events = await open();
    await scene.dispatch();
    expect(statuses(await rest(scene, events))).toEqual(['working', 'expired']);
  });

  it('gives a sign of life where nothing happens', async () => {
    const { scene, open } = listen({}, { heartbeat: '5s' });
    const events = await open();
    const next = events.next();
    await turn();
    await scene.clock.advance(4_999);
    await scene.clock.advance(1);
    expect(await next).toEqual({ comment: '' });
  });
});

describe('a listener that comes back', () => {
  it('is sent what changed meanwhile, once', async () => {
    const { scene, open } = listen();
    const [same, changed, told] = [await scene.dispatch(), await scene.dispatch(), await scene.dispatch()];
    const before = await rest(scene, await open());
    expect(before).toHaveLength(3);

    await settle(scene, changed.id);
    await settle(scene, told.id);
    await consume(scene, told.id);
    const fresh = await scene.dispatch();
    await settle(scene, fresh.id);
    const after = await rest(scene, await open({ lastEventId: before.at(-1)?.id }));
    expect(statuses(after).toSorted()).toEqual(['completed', 'completed', 'withheld']);
    expect(JSON.stringify(after)).not.toContain((await scene.task(same.id)).handle);

    expect(await rest(scene, await open({ lastEventId: after.at(-1)?.id }))).toEqual([]);
  });

  it('is sent the events that were under way when the line broke', async () => {
    const { scene, open } = listen();
    await scene.dispatch();
    await scene.dispatch();
    const events = await open();
    const first = await events.next();
    const second = await events.next();
    await events.close();
    expect(await rest(scene, await open({ lastEventId: first?.id }))).toEqual([second]);
  });

  it('is sent a call that came, went and was told meanwhile, if a later clock created it', async () => {
    const { scene, open } = listen();
    await scene.dispatch();
    const before = await rest(scene, await open());
    await scene.clock.advance(1);
    const { id } = await scene.dispatch();
    await settle(scene, id);
    await consume(scene, id);
    expect(statuses(await rest(scene, await open({ lastEventId: before.at(-1)?.id })))).toEqual(['withheld']);
  });

  it('is sent the rest of what it missed when the line breaks once more in the middle of it', async () => {
    const { scene, open } = listen();
    await scene.dispatch();
    const [before] = await rest(scene, await open());
    for (let call = 0; call < 2; call += 1) {
      await scene.clock.advance(1);
      const { id } = await scene.dispatch();
      await settle(scene, id);
      await consume(scene, id);
    }
    const [first, second] = await rest(scene, await open({ lastEventId: before?.id }));
    expect(second).toMatchObject({ data: { status: 'withheld' } });
    expect(await rest(scene, await open({ lastEventId: first?.id }))).toEqual([second]);
  });

  it('is not sent what it was told to the end', async () => {
    const { scene, open } = listen();
    const waiting = await scene.dispatch();
    const events = await open();
    await events.next();
    await scene.clock.advance(1);
    const { id } = await scene.dispatch();
    await events.next();
    await settle(scene, id);
    await consume(scene, id);
    const [last] = await rest(scene, events);
    expect(last).toMatchObject({ data: { status: 'withheld' } });
    expect(await rest(scene, await open({ lastEventId: last?.id }))).toEqual([]);
    expect((await scene.task(waiting.id)).status).toBe('working');
  });

  it('is not sent what the conversation had told before it first came', async () => {
    const { scene, open } = listen();
    await scene.dispatch();
    await scene.clock.advance(1);
    const { id } = await scene.dispatch();
    await settle(scene, id);
    await consume(scene, id);
    const [first] = await rest(scene, await open());
    expect(await rest(scene, await open({ lastEventId: first?.id }))).toEqual([]);
  });

  it('may come back to another process', async () => {
    const { scene, open } = listen();
    const { id } = await scene.dispatch();
    const before = await rest(scene, await open());
    const other = listen({ store: scene.store, clock: scene.clock });
    await settle(scene, id);
    const after = await rest(other.scene, await other.open({ lastEventId: before.at(-1)?.id }));
    expect(statuses(after)).toEqual(['completed']);
  });

  it.each(['', 'x', '1', '1.abc', '1.', `1.${'a'.repeat(14 * 257)}`, '<script>'])(
    'with an id that is not ours (%j) is sent what waits',
    async (lastEventId) => {
      const { scene, open } = listen();
      await scene.dispatch();
      expect(await rest(scene, await open({ lastEventId }))).toHaveLength(1);
    },
  );

  it('is sent once more what no id has room for, and loses nothing', async () => {
    const { scene, open } = listen();
    for (let index = 0; index < 260; index += 1) await scene.dispatch();
    const before = await rest(scene, await open());
    expect(before).toHaveLength(260);
    expect(before.at(-1)?.id?.length).toBeLessThan(4_000);
    expect(await rest(scene, await open({ lastEventId: before.at(-1)?.id }))).toHaveLength(4);
  });
});

describe('the end of a stream', () => {
  it('comes with the abort of the request, and leaves no listener and no timer', async () => {
    const { scene, listeners, open } = listen();
    const leaving = new AbortController();
    const events = await open({ signal: leaving.signal });
    const next = events.next();
    await turn();
    expect([listeners.count, scene.clock.next]).toEqual([1, expect.any(Number)]);
    leaving.abort();
    expect([await next, listeners.count, scene.clock.next]).toEqual([undefined, 0, undefined]);
  });

  it('comes when the reader leaves', async () => {
    const { scene, listeners, open } = listen();
    const events = await open();
    await events.close();
    expect([listeners.count, scene.clock.next]).toEqual([0, undefined]);
  });

  it('comes at its age, so that the app is asked anew', async () => {
    const allowed = [scope, scope];
    const { scene, listeners, open } = listen({}, { maxAge: '10s', scopeOf: () => allowed.shift() });
    expect(await rest(scene, await open())).toEqual([]);
    const events = await open();
    const next = events.next();
    await turn();
    await scene.clock.advance(15_000);
    expect([await next, await events.next(), listeners.count]).toEqual([{ comment: '' }, undefined, 0]);
    await expect(open()).rejects.toThrow();
  });

  it('comes when the store fails, which is reported', async () => {
    const errors: unknown[] = [];
    const list = async (): Promise<TaskRecord[]> => {
      throw new Error('the store is down');
    };
    const { listeners, open } = listen(
      { store: { ...createMemoryStore(), list } },
      { onError: (error) => void errors.push(error) },
    );
    await expect(open()).rejects.toThrow();
    expect([errors, listeners.count]).toEqual([[new Error('the store is down')], 0]);
  });

  it('comes before the beginning for a request that was aborted', async () => {
    const { listeners, open } = listen();
    await expect(open({ signal: AbortSignal.abort() })).rejects.toThrow();
    expect(listeners.count).toBe(0);
  });
});

describe('whom to tell', () => {
  it.each([
    ['GET', undefined, 404],
    ['POST', scope, 405],
  ])('is the app to say: %s, %j gives %i', async (method, allowed, status) => {
    const { GET } = createEventsRoute({ ...createScene(), scopeOf: () => allowed });
    expect((await GET(new Request('https://app.example/events', { method }))).status).toBe(status);
  });

  it('is nobody for a scope without a thread', async () => {
    const errors: unknown[] = [];
    const { GET } = createEventsRoute({
      ...createScene(),
      scopeOf: () => ({ thread: '' }),
      onError: (error) => void errors.push(error),
    });
    expect((await GET(new Request('https://app.example/events'))).status).toBe(500);
    expect(errors).toMatchObject([{ code: 'invalid_scope' }]);
  });
});
