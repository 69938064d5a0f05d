import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { LatecallError, type Scope, scopeKey } from '@latecall/core';
import { postgresMissing } from '@latecall/testing';
import { type PgBoss, TestClock } from 'pg-boss';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDesk } from '../test/desk.ts';
import { type EngineDatabase, startEngineDatabase } from '../test/engine-database.ts';
import * as entry from './pg-boss.ts';
import { type PgBossResumerOptions, pgBossResumer } from './pg-boss.ts';

const missing = postgresMissing();
const chat1: Scope = { tenant: 'acme', thread: 'chat-1', branch: 'b' };
const chat2: Scope = { thread: 'chat-2' };

it('exports exactly these names from ./pg-boss at run time', () => {
  expect(Object.keys(entry)).toEqual(['pgBossResumer', 'wakingStore']);
});

describe.skipIf(missing !== undefined)(`pgBossResumer${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let database: EngineDatabase;
  let clocked: string;
  let queues = 0;
  beforeAll(async () => {
    database = await startEngineDatabase();
    clocked = await database.createSchema();
  }, 60_000);
  afterEach(() => database.close());
  afterAll(() => database.stop());

  /** A resumer on a queue of the test. */
  async function open(options: Partial<PgBossResumerOptions> & { clock?: TestClock } = {}) {
    const { clock, ...rest } = options;
    queues += 1;
    const on = clock === undefined ? {} : { clock, schema: clocked };
    const { boss = await database.openBoss(on), queue = `wakes-${queues}` } = rest;
    const resumer = pgBossResumer({ boss, queue, pollEvery: '500ms', ...rest });
    return { boss, queue, resumer, desk: createDesk(), jobs: (scope: Scope) => jobsOf(boss, queue, scope) };
  }

  it('delivers a wake, with its scope, once', async () => {
    const { resumer, desk, jobs } = await open();
    const stop = await resumer.start(desk.handler);
    await resumer.wake(chat1);
    const { scope, end } = await desk.delivery(1);
    expect(scope).toEqual(chat1);
    end();
    await resumer.idle();
    await stop();
    expect(await jobs(chat1)).toMatchObject([{ state: 'completed' }]);
    expect(desk.threads).toEqual(['chat-1']);
  });

  it('delivers what was woken before it was started, once however often', async () => {
    const { resumer, desk, jobs } = await open();
    await Promise.all(Array.from({ length: 40 }, () => resumer.wake(chat1)));
    for (const scope of [chat1, chat1, chat2, chat1]) await resumer.wake(scope);
    const stop = await resumer.start(desk.handler);
    (await desk.delivery(1)).end();
    (await desk.delivery(2)).end();
    await stop();
    expect(new Set(desk.threads)).toEqual(new Set(['chat-1', 'chat-2']));
    expect(desk.threads).toHaveLength(2);
    expect(await jobs(chat1)).toHaveLength(1);
  });

  it('works off what waits without a pause between', async () => {
    const { resumer, desk } = await open({ concurrency: 1, pollEvery: '1h' });
    const threads = ['a', 'b', 'c', 'd'];
    for (const thread of threads) await resumer.wake({ thread });
    await resumer.start(desk.handler);
    for (const [index] of threads.entries()) (await desk.delivery(index + 1)).end();
    await resumer.idle();
    expect(desk.threads).toEqual(threads);
  });

  it('delivers once more for all wakes during a delivery', async () => {
    const { resumer, desk, jobs } = await open({ pollEvery: '1h' });
    const stop = await resumer.start(desk.handler);
    await resumer.wake(chat1);
    const first = await desk.delivery(1);
    for (let wakes = 0; wakes < 3; wakes += 1) await resumer.wake(chat1);
    first.end();
    (await desk.delivery(2)).end();
    await stop();
    expect(await jobs(chat1)).toMatchObject([{ state: 'completed' }, { state: 'completed' }]);
  });

  it('handles a scope once at a time over two workers, which pass over it for others', async () => {
    const a = await open({ concurrency: 1, pollEvery: '1h' });
    const b = pgBossResumer({ boss: await database.openBoss(), queue: a.queue, concurrency: 1, pollEvery: '1h' });
    await Promise.all([a.resumer, b].map((resumer) => resumer.start(a.desk.handler)));
    await a.resumer.wake(chat1);
    const first = await a.desk.delivery(1);
    await b.wake(chat1);
    await a.resumer.wake(chat2);
    const second = await a.desk.delivery(2);
    expect(a.desk.threads).toEqual(['chat-1', 'chat-2']);
    first.end();
    const third = await a.desk.delivery(3);
    expect(third.scope).toEqual(chat1);
    second.end();
    third.end();
    await Promise.all([a.resumer.idle(), b.idle()]);
  });

  it('is called again when the handler throws', async () => {
    const clock = new TestClock();
    const { resumer, desk } = await open({ clock });
    await resumer.start(desk.handler);
    await resumer.wake(chat1);
    (await desk.delivery(1)).fail();
    while (desk.threads.length < 2) await clock.tick(500);
    (await desk.delivery(2)).end();
    await resumer.idle();
  });

  it('waits longer each time, up to a bound', async () => {
    const clock = new TestClock();
    const { resumer, desk, jobs } = await open({ clock, retryAfter: '10s', retryAtMost: '30s' });
    await resumer.wake(chat1);
    const waits: number[] = [];
    for (let delivery = 1; delivery <= 4; delivery += 1) {
      const stop = await resumer.start(desk.handler);
      (await desk.delivery(delivery)).fail();
      await stop();
      const [job] = await jobs(chat1);
      expect(job?.state).toBe('retry');
      const due = job?.startAfter.getTime() ?? 0;
      waits.push((due - clock.now()) / 1_000);
      await clock.setTime(due + 1);
    }
    const [first = 0, second = 0, ...bounded] = waits.map(Math.round);
    expect(first).toBeGreaterThanOrEqual(10);
    expect(first).toBeLessThanOrEqual(20);
    expect(second).toBeGreaterThanOrEqual(20);
    expect(bounded).toEqual([30, 30]);
  });

  it('delivers a wake at once while a repetition waits, instead of it', async () => {
    const { resumer, desk, jobs } = await open({ retryAfter: '1h', retryAtMost: '1h' });
    let stop = await resumer.start(desk.handler);
    await resumer.wake(chat1);
    (await desk.delivery(1)).fail();
    await stop();
    await resumer.wake(chat1);
    stop = await resumer.start(desk.handler);
    (await desk.delivery(2)).end();
    await stop();
    expect(await jobs(chat1)).toMatchObject([{ state: 'completed' }]);
  });

  it('has one repetition, however often it was woken while the handler failed', async () => {
    const { resumer, desk, jobs } = await open({ retryAfter: '1h', retryAtMost: '1h' });
    const stop = await resumer.start(desk.handler);
    await resumer.wake(chat1);
    for (let delivery = 1; delivery <= 3; delivery += 1) {
      const { fail } = await desk.delivery(delivery);
      await resumer.wake(chat1);
      fail();
    }
    (await desk.delivery(4)).fail();
    await stop();
    const states = (await jobs(chat1)).map(({ state }) => state);
    expect(states).toHaveLength(4);
    expect(states.filter((state) => state !== 'completed')).toEqual(['retry']);
  });

  it('delivers again what a process was doing that was killed', async () => {
    const clock = new TestClock();
    const { boss, queue, resumer, desk, jobs } = await open({ clock });
    await resumer.wake(chat1);
    const program = fileURLToPath(new URL('../test/worker.ts', import.meta.url));
    const child = spawn(process.execPath, [program, database.url, clocked, queue], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = once(child, 'close');
    expect(await once(createInterface({ input: child.stdout }), 'line')).toEqual(['chat-1']);
    child.kill('SIGKILL');
    await closed;
    expect(await jobs(chat1)).toMatchObject([{ state: 'active' }]);
    await clock.setTime(Date.now() + 65_000);
    await boss.supervise(queue);
    await clock.setTime(clock.now() + 2_000);
    await resumer.start(desk.handler);
    (await desk.delivery(1)).end();
    await resumer.idle();
  });

  it('stores a wake with what a transaction does, or not at all', async () => {
    const { resumer, jobs } = await open();
    const client = await database.openStore().pool.connect();
    const db = { executeSql: (text: string, values: unknown[] = []) => client.query(text, values) };
    for (const end of ['ROLLBACK', 'COMMIT']) {
      await client.query('BEGIN');
      await resumer.wake(chat1, { db });
      expect(await jobs(chat1)).toEqual([]);
      await client.query(end);
    }
    client.release();
    expect(await jobs(chat1)).toMatchObject([{ state: 'created' }]);
  });

  it('takes another handler once the first has been stopped, and no second one before', async () => {
    const { resumer, desk } = await open();
    const stop = await resumer.start(() => Promise.reject(new Error('the first')));
    const error = await resumer.start(desk.handler).catch((thrown: unknown) => thrown);
    expect(LatecallError.isInstance(error, 'already_started')).toBe(true);
    await stop();
    await resumer.start(desk.handler);
    await stop(); // the first one's: without effect on the second
    await resumer.wake(chat1);
    (await desk.delivery(1)).end();
    await resumer.idle();
  });

  it('stops when the deliveries under way have ended', async () => {
    const { resumer, desk, jobs } = await open();
    const stop = await resumer.start(desk.handler);
    await resumer.wake(chat1);
    const { end } = await desk.delivery(1);
    let stopped = false;
    const stopping = stop().then(() => {
      stopped = true;
    });
    await resumer.wake(chat1);
    expect(stopped).toBe(false);
    end();
    await stopping;
    expect(new Set((await jobs(chat1)).map(({ state }) => state))).toEqual(new Set(['completed', 'created']));
  });

  it('begins no delivery once it is stopped, of what it was just fetching either', async () => {
    const { resumer, desk } = await open({ retryAfter: '1h', retryAtMost: '1h' });
    await resumer.wake(chat1);
    const stop = await resumer.start(desk.handler);
    await stop();
    expect(desk.threads).toEqual([]);
    await resumer.start(desk.handler);
    (await desk.delivery(1)).end();
    await resumer.idle();
  });

  it("refuses somebody else's queue, and durations that are none", async () => {
    const { boss, queue, resumer } = await open();
    await boss.createQueue(queue);
    const error = await resumer.wake(chat1).catch((thrown: unknown) => thrown);
    expect(LatecallError.isInstance(error, 'queue_foreign')).toBe(true);
    expect(() => pgBossResumer({ boss, runAtMost: 0 })).toThrow(LatecallError);
  });
});

function jobsOf(boss: PgBoss, queue: string, scope: Scope) {
  return boss.findJobs<Scope>(queue, { key: scopeKey(scope) });
}
