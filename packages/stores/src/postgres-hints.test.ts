import { randomUUID } from 'node:crypto';
import type { TaskHint } from '@latecall/core';
import { createFakeClock, createGate, type FakeClock, postgresMissing } from '@latecall/testing';
import pg from 'pg';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type PostgresDatabase, startDatabase } from '../test/postgres-database.ts';
import { claimOf, refOf, taskOf } from '../test/sample-tasks.ts';
import { type PostgresPool, postgresStore } from './postgres.ts';

const missing = postgresMissing();
let database: PostgresDatabase;
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

beforeAll(async () => {
  if (missing !== undefined) return;
  database = await startDatabase();
  return () => database.stop();
});

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, application_name: randomUUID() });
  pool.on('error', () => {});
  ends.unshift(() => pool.end());
  return pool;
}

/** A fake clock, and how to wait until something is to happen later. */
function watchedClock(): FakeClock & { scheduled(): Promise<void> } {
  const clock = createFakeClock();
  let tell = () => {};
  return {
    now: clock.now,
    advance: clock.advance,
    get next() {
      return clock.next;
    },
    schedule: (run, ms) => {
      const callOff = clock.schedule(run, ms);
      tell();
      return callOff;
    },
    scheduled: async () => {
      if (clock.next !== undefined) return;
      await new Promise<void>((resolve) => {
        tell = resolve;
      });
    },
  };
}

/** The pool, which makes no connection to hold while the network is down. */
function through(network: { reachable: boolean }, pool: pg.Pool): PostgresPool {
  const connect = async () => {
    if (!network.reachable) throw new Error('no route');
    return pool.connect();
  };
  return { query: (text, values) => pool.query(text, values), connect };
}

/** A store that listens, another one that works, and the clock that the first one goes by. */
async function scene() {
  const connection = await database.createSchema();
  const clock = watchedClock();
  const pool = openPool(connection);
  const store = postgresStore(pool, { clock });
  const other = postgresStore(openPool(connection));
  ends.unshift(store.close, other.close);
  const heard: TaskHint[] = [];
  const waiting = new Map<string, () => void>();
  const leave = store.subscribe((hint) => {
    heard.push(hint);
    waiting.get(hint.id)?.();
  });
  // Whoever has read has listened since.
  await store.get(refOf(0));
  const hint = (id: string) => new Promise<void>((resolve) => waiting.set(id, resolve));
  return { clock, pool, store, other, heard, hint, leave };
}

/** Ends the connection that listens to the tables of this pool, on the side of the server. */
async function cutOff(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query(`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = current_setting('application_name') AND query ~ '^\\s*(LISTEN|SELECT DISTINCT)'`);
  expect(rows).toHaveLength(1);
}

const settlement = { status: 'completed', result: 1 } as const;
const told = { outcome: settlement } as const;

describe.skipIf(missing !== undefined)('a connection for hints', () => {
  it('that is cut off is made again, and what was settled meanwhile is hinted at', async () => {
    const { clock, pool, other, heard, hint } = await scene();
    const elsewhere = { tenant: 'acme', thread: 'chat-2' };
    for (const index of [1, 2, 3]) await other.create(taskOf(index));
    await other.create({ ...taskOf(5), scope: elsewhere });
    await other.create({ ...taskOf(6), scope: { thread: 'consumed' } });
    const undecided = { scope: { thread: 'undecided' }, id: 'task_7' };
    await other.create({ ...taskOf(7), scope: undecided.scope });

    await cutOff(pool);
    await clock.scheduled();
    for (const index of [1, 2]) await other.settle(refOf(index), { settlement, now: 2 });
    await other.settle({ scope: elsewhere, id: 'task_5' }, { settlement, now: 2 });
    const consumed = { scope: { thread: 'consumed' }, id: 'task_6' };
    await other.settle(consumed, { settlement, now: 2 });
    await other.claim({ ...claimOf('run-1', [consumed.id]), scope: consumed.scope });
    await other.consume(consumed, { claimant: 'run-1', turn: 't', now: 3, told });
    await other.settle(undecided, { settlement, now: 2, hold: 'authorizing' });
    expect(heard).toEqual([]);

    await clock.advance(100);
    expect(heard).toHaveLength(3);
    expect(heard).toEqual(expect.arrayContaining([refOf(1), { scope: elsewhere, id: 'task_5' }, undecided]));
    const next = hint('task_3');
    await other.settle(refOf(3), { settlement, now: 2 });
    await next;
  });

  it('waits longer after each failure, at most half a minute, and less again once it has succeeded', async () => {
    const connection = await database.createSchema();
    const [clock, pool, network] = [watchedClock(), openPool(connection), { reachable: true }];
    const store = postgresStore(through(network, pool), { clock });
    ends.unshift(store.close);
    await store.migrate();
    network.reachable = false;
    store.subscribe(() => {});
    const waits: number[] = [];
    const wait = async () => {
      await clock.scheduled();
      waits.push((clock.next ?? 0) - clock.now());
      await clock.advance(waits.at(-1) ?? 0);
    };
    for (let failure = 0; failure < 11; failure += 1) await wait();
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
    network.reachable = true;
    await wait();
    expect(clock.next).toBeUndefined();
    await cutOff(pool);
    await wait();
    expect(waits.at(-1)).toBe(100);
  });

  it('whose first attempt failed hints at what it missed when it succeeds', async () => {
    const connection = await database.createSchema();
    const [clock, pool, network] = [watchedClock(), openPool(connection), { reachable: true }];
    const store = postgresStore(through(network, pool), { clock });
    ends.unshift(store.close);
    await store.create(taskOf(1));
    network.reachable = false;
    const heard: TaskHint[] = [];
    store.subscribe((hint) => heard.push(hint));
    await clock.scheduled();
    const other = postgresStore(openPool(connection));
    await other.settle(refOf(1), { settlement, now: 2 });
    network.reachable = true;
    await clock.advance(100);
    expect(heard).toEqual([refOf(1)]);
  });

  it('is there before anything is read that was asked for after subscribing', async () => {
    const pool = openPool(await database.createSchema());
    const gate = createGate();
    const statements: string[] = [];
    const spied: PostgresPool = {
      query: (text, values) => {
        statements.push(text);
        return pool.query(text, values);
      },
      connect: async () => {
        if (statements.length > 0) await gate.opened;
        const client = await pool.connect();
        return {
          query: (text) => {
            statements.push(text);
            return client.query(text);
          },
          on: (event: string, listener: (message: { payload?: string | undefined }) => void) =>
            client.on(event as 'notification', listener), // the same events
          release: (destroy) => client.release(destroy),
        };
      },
    };
    const store = postgresStore(spied);
    ends.unshift(store.close);
    await store.create(taskOf(1));
    statements.splice(0, statements.length, 'before');
    store.subscribe(() => {});
    const read = store.get(refOf(1));
    gate.open();
    await read;
    expect(statements).toEqual([
      'before',
      expect.stringContaining('regclass'),
      expect.stringContaining('LISTEN'),
      expect.stringContaining('SELECT * FROM latecall_tasks'),
    ]);
  });

  it('is one for all subscribers, and gone when the last one leaves', async () => {
    const { pool, store, other, leave } = await scene();
    const leaveToo = store.subscribe(() => {});
    await store.get(refOf(0));
    const all = pool.totalCount;
    leave();
    expect(pool.totalCount).toBe(all);
    leaveToo();
    expect(pool.totalCount).toBe(all - 1);
    const heard = new Promise<TaskHint>((resolve) => store.subscribe(resolve));
    await store.create(taskOf(1));
    await other.settle(refOf(1), { settlement, now: 2 });
    expect(await heard).toEqual(refOf(1));
  });

  it('that is being made when the store is closed goes back to the pool', async () => {
    const pool = new pg.Pool({ connectionString: await database.createSchema() });
    const store = postgresStore(pool);
    await store.migrate();
    store.subscribe(() => {});
    await store.close();
    // Waits until every connection has come back.
    await pool.end();
    expect(pool.totalCount).toBe(0);
  });

  it('that was cut off is not made again once nobody listens', async () => {
    const { clock, pool, leave } = await scene();
    await cutOff(pool);
    await clock.scheduled();
    leave();
    expect(clock.next).toBeUndefined();
  });
});
