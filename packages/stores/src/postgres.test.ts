import { LatecallError, type NewTask, type TaskHint, type TaskStore } from '@latecall/core';
import { postgresMissing, storeConformance } from '@latecall/testing';
import pg from 'pg';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type PostgresDatabase, startDatabase } from '../test/postgres-database.ts';
import { claimOf, refOf, taskOf } from '../test/sample-tasks.ts';
import { postgresStore } from './postgres.ts';

const missing = postgresMissing();
const onPostgres = describe.skipIf(missing !== undefined);
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

function openPool(connectionString: string, options: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ connectionString, ...options });
  pool.on('error', () => {});
  return pool;
}

/** A store with a pool of its own, both closed after the test. */
function open(connectionString: string, options: pg.PoolConfig = {}) {
  const pool = openPool(connectionString, options);
  const store = postgresStore(pool);
  ends.push(async () => {
    await store.close();
    await pool.end();
  });
  return { pool, store };
}

/** Two stores with pools of their own on the tables of one schema. */
async function openTwo(): Promise<[TaskStore, TaskStore]> {
  const connection = await database.createSchema();
  return [open(connection).store, open(connection).store];
}

const ref = refOf(1);
const settlement = { status: 'completed', result: 1 } as const;
const hinted = (store: TaskStore) => new Promise<TaskHint>((resolve) => store.subscribe(resolve));

onPostgres(missing === undefined ? 'postgresStore' : `postgresStore (skipped: ${missing})`, () => {
  const createStore = async () => {
    const pool = openPool(await database.createSchema());
    return { ...postgresStore(pool), pool };
  };
  const closeStore = async ({ close, pool }: Awaited<ReturnType<typeof createStore>>) => {
    await close();
    await pool.end();
  };
  for (const { name, run } of storeConformance({ createStore, closeStore })) it(name, run);
});

onPostgres('two stores on one schema', () => {
  it('see what the other wrote', async () => {
    const [one, other] = await openTwo();
    await one.create(taskOf(1));
    expect(await other.get(ref)).toEqual(await one.get(ref));
    expect((await other.settle(ref, { settlement, now: 2 })).verdict).toBe('accepted');
    expect((await one.settle(ref, { settlement, now: 2 })).verdict).toBe('duplicate');
  });

  it('hear of all that the other did, once each', async () => {
    const [one, other] = await openTwo();
    const ids = Array.from({ length: 20 }, (_, index) => refOf(index).id);
    for (const index of ids.keys()) await other.create(taskOf(index));
    const heard: string[] = [];
    const last = new Promise<void>((resolve) => {
      one.subscribe(({ id }) => {
        heard.push(id);
        if (id === ids.at(-1)) resolve();
      });
    });
    await one.get(ref);
    for (const id of ids) await other.settle({ ...ref, id }, { settlement, now: 2 });
    await last;
    expect(heard).toEqual(ids);
  });

  it('hear nothing of what the other claimed and consumed, nor of what was before', async () => {
    const [one, other] = await openTwo();
    for (const index of [1, 'last']) await other.create(taskOf(index));
    await other.settle(ref, { settlement, now: 2 });
    const heard: string[] = [];
    const last = new Promise<void>((resolve) => {
      one.subscribe(({ id }) => {
        heard.push(id);
        if (id === 'task_last') resolve();
      });
    });
    await one.get(ref);
    await other.claim(claimOf('run-1', [ref.id]));
    await other.consume(ref, { claimant: 'run-1', turn: 't', now: 3, told: { outcome: settlement } });
    await other.settle(refOf('last'), { settlement, now: 2 });
    await last;
    expect(heard).toEqual(['task_last']);
  });

  it('hear of any scope and id, however they are written', async () => {
    const [one, other] = await openTwo();
    const strange = { scope: { tenant: 'a\nb', thread: '"\u0000\ud800', branch: "';" }, id: '\n[x]\t"ö🎬' };
    await other.create({ ...taskOf(1), ...strange });
    const hint = hinted(one);
    expect((await one.get(strange))?.scope).toEqual(strange.scope);
    await other.settle(strange, { settlement, now: 2 });
    expect(await hint).toEqual(strange);
  });

  it('hear nothing of equal tasks in another schema', async () => {
    const [here, beside] = await openTwo();
    const there = open(await database.createSchema()).store;
    const heard: string[] = [];
    const last = new Promise<void>((resolve) => {
      here.subscribe(({ id }) => {
        heard.push(id);
        if (id === 'task_last') resolve();
      });
    });
    for (const store of [here, there]) await store.create(taskOf(1));
    await here.create(taskOf('last'));
    await there.settle(ref, { settlement, now: 2 });
    // By another store, so that the hint comes through the database, after what was settled before.
    await beside.settle(refOf('last'), { settlement, now: 2 });
    await last;
    expect(heard).not.toContain(ref.id);
  });
});

onPostgres('the tables', () => {
  it('are made by any number of stores at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const connection = await database.createSchema();
      const stores = Array.from({ length: 8 }, () => open(connection, { max: 1 }).store);
      await Promise.all(stores.map((store) => store.migrate()));
    }
  });

  it('are made whatever isolation the pool asks for', async () => {
    const connection = new URL(await database.createSchema());
    const options = connection.searchParams.get('options');
    connection.searchParams.set('options', `${options} -c default_transaction_isolation=serializable`);
    const stores = Array.from({ length: 8 }, () => open(connection.href, { max: 1 }).store);
    await Promise.all(stores.map((store) => store.migrate()));
    const rows = await database.query(`SELECT version FROM ${schemaOf(connection.href)}.latecall_schema`);
    expect(rows).toEqual([{ version: 1 }]);
  });

  it('stay as they are when a store comes back', async () => {
    const connection = await database.createSchema();
    const before = open(connection).store;
    await before.create(taskOf(1));
    await before.close();
    const after = open(connection).store;
    await after.migrate();
    expect(await after.get(ref)).toMatchObject({ id: ref.id, status: 'working' });
  });

  it('of a newer release are refused', async () => {
    const connection = await database.createSchema();
    await open(connection).store.migrate();
    await database.query(`UPDATE ${schemaOf(connection)}.latecall_schema SET version = 99`);
    const { store } = open(connection);
    await expect(store.migrate()).rejects.toMatchObject({
      code: 'store_version',
      message: expect.stringContaining('schema version 99'),
    });
    await expect(store.get(ref)).rejects.toMatchObject({ code: 'store_version' });
  });

  it('from before the first release are refused, and stay as they are', async () => {
    const connection = await database.createSchema();
    const schema = schemaOf(connection);
    await database.query(`CREATE TABLE ${schema}.latecall_tasks (seq BIGINT, progress TEXT)`);
    await database.query(`CREATE TABLE ${schema}.latecall_schema AS SELECT 1 AS version`);
    await expect(open(connection).store.get(ref)).rejects.toMatchObject({
      code: 'store_version',
      message: expect.stringContaining('before the first'),
    });
    expect(await database.query(`SELECT version FROM ${schema}.latecall_schema`)).toEqual([{ version: 1 }]);
  });

  it('of somebody else are refused and stay as they are', async () => {
    const connection = await database.createSchema();
    const table = `${schemaOf(connection)}.latecall_tasks`;
    await database.query(`CREATE TABLE ${table} (note TEXT)`);
    await expect(open(connection).store.migrate()).rejects.toMatchObject({ code: 'store_foreign' });
    expect(await database.query(`SELECT * FROM ${table}`)).toEqual([]);
    expect(await database.query(`SELECT to_regclass('${schemaOf(connection)}.latecall_schema') AS made`)).toEqual([
      { made: null },
    ]);
  });
});

onPostgres('statements on several rows', () => {
  const ids = Array.from({ length: 50 }, (_, index) => refOf(index).id);
  /** Makes fifty tasks that are settled, the newest first. */
  const settleAll = async ({ store, pool }: ReturnType<typeof open>) => {
    for (const index of ids.keys()) await store.create(taskOf(index));
    await pool.query("UPDATE latecall_tasks SET status = 'completed', settlement = $1, settled_at = 1000 - seq", [
      JSON.stringify(settlement),
    ]);
  };

  it('that claim one batch in two orders never wait for each other for ever, and never split it', async () => {
    const connection = await database.createSchema();
    const rivals = [open(connection, { max: 1 }), open(connection, { max: 1 })] as const;
    await settleAll(rivals[0]);
    for (let now = 10_000; now < 10_300; now += 1) {
      // Each round takes the batch over from the one before.
      const again = { now, takeOverAfterMs: 1 };
      const claims = await Promise.all([
        rivals[0].store.claim({ ...claimOf(`one ${now}`, ids), ...again }),
        rivals[1].store.claim({ ...claimOf(`other ${now}`, ids.toReversed()), ...again }),
      ]);
      expect(claims.map(({ length }) => length).toSorted()).toEqual([0, 50]);
    }
  });

  it('that claim, and that delete in another order, never wait for each other for ever', async () => {
    const connection = await database.createSchema();
    const [one, other, third] = [open(connection), open(connection), open(connection)];
    for (let round = 0; round < 40; round += 1) {
      await settleAll(one);
      const [, ...deleted] = await Promise.all([
        one.store.claim(claimOf('run-1', ids)),
        other.store.purge({ before: 2_000, which: 'settled' }),
        third.store.purge({ before: 2_000, which: 'settled', limit: 30 }),
      ]);
      expect(deleted.reduce((sum, count) => sum + count, 0)).toBe(50);
      expect(await one.store.list(ref.scope)).toEqual([]);
    }
  });

  it('delete thousands, portion by portion', async () => {
    const { store, pool } = open(await database.createSchema());
    await store.create(taskOf(1));
    await pool.query(`
      INSERT INTO latecall_tasks (scope_key, thread_key, id, handle, idempotency_key, origin, created_at, status,
        call_ids, token_hashes)
      SELECT scope_key, thread_key, 'id' || n, 'handle' || n, 'key' || n, origin, n, status, call_ids, token_hashes
      FROM latecall_tasks, generate_series(2, 3000) AS n`);
    expect(await store.purge({ before: 10_000, which: 'all', limit: 1_700 })).toBe(1_700);
    const left = await store.list(ref.scope);
    expect([left.length, left[0]?.id]).toEqual([1_300, 'id1701']);
    expect(await store.purge({ before: 10_000, which: 'all' })).toBe(1_300);
  });
});

onPostgres('names and numbers that PostgreSQL does not take', () => {
  const create = async (task: Partial<NewTask>) => {
    const { store } = open(await database.createSchema());
    return store.create({ ...taskOf(1), ...task });
  };

  it.each([
    ['scope and id', { id: 'i'.repeat(20_000) }],
    ['scope and idempotencyKey', { idempotencyKey: 'ö'.repeat(1_300) }],
    ['thread and handle', { handle: 'h'.repeat(2_600) }],
    ['scope and id', { scope: { thread: 't'.repeat(2_600) } }],
  ])('are a %s too long for an index, whatever could be compressed', async (names, task) => {
    await expect(create(task)).rejects.toMatchObject({ code: 'id_too_long', message: expect.stringContaining(names) });
  });

  it('do not include names of 2,600 bytes that cannot be compressed', async () => {
    const noise = Array.from({ length: 2_500 }, (_, index) => String.fromCharCode(33 + ((index * index * 7919) % 90)));
    const id = noise.join('').replaceAll(/["\\]/g, 'x');
    expect((await create({ id })).result).toBe('created');
  });

  it.each([
    ['U+0000', 'a\0b'],
    ['half a surrogate pair', 'a\ud800b'],
  ])('are names with %s: refused where they are written, unknown where they are read', async (_, id) => {
    const { store } = open(await database.createSchema());
    const task = { ...ref, id };
    await expect(store.create({ ...taskOf(1), id })).rejects.toMatchObject({ code: 'invalid_id' });
    await expect(store.claim(claimOf(id, ['x']))).rejects.toMatchObject({ code: 'invalid_id' });
    expect(await store.locate(id)).toBeUndefined();
    expect(await store.get(task)).toBeUndefined();
    expect(await store.update(task, { callId: 'c2' })).toBeUndefined();
    expect(await store.settle(task, { settlement, now: 2 })).toEqual({ verdict: 'unknown' });
    expect(await store.note(task, { type: 'cancel-told', at: 2 })).toEqual({ verdict: 'unknown' });
    expect(await store.purge({ scope: { thread: id }, before: 9 })).toBe(0);
    expect(await store.countOpen({ thread: id })).toBe(0);
    await store.create(taskOf(1));
    await store.settle(ref, { settlement, now: 2 });
    expect((await store.claim(claimOf('run-1', [id, ref.id]))).map((claimed) => claimed.id)).toEqual([ref.id]);
  });

  it('are fractions of a millisecond, and a take-over that never comes', async () => {
    const { store } = open(await database.createSchema());
    await store.create({ ...taskOf(1), deadlineAt: 10.5 });
    await store.settle(ref, { settlement, now: 2.5 });
    expect(await store.get(ref)).toMatchObject({ deadlineAt: 10, settledAt: 2 });
    const claim = claimOf('run-1', [ref.id]);
    expect(await store.claim(claim)).toHaveLength(1);
    const never = Number.POSITIVE_INFINITY;
    expect(await store.claim({ ...claim, claimant: 'run-2', takeOverAfterMs: never })).toEqual([]);
  });
});

onPostgres('a store that cannot work', () => {
  it('says that the server cannot be reached, and tries again', async () => {
    const [dead, alive] = [openPool('postgres://nobody@127.0.0.1:1/nothing'), openPool(await database.createSchema())];
    let pool = dead;
    const store = postgresStore({ query: (text, values) => pool.query(text, values), connect: () => pool.connect() });
    await expect(store.get(ref)).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    pool = alive;
    expect(await store.get(ref)).toBeUndefined();
    await alive.end();
  });

  it('says so too if its pool has ended', async () => {
    const pool = openPool(await database.createSchema());
    const store = postgresStore(pool);
    await store.migrate();
    await pool.end();
    await expect(store.get(ref)).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  it('says that others were in the way, and changes nothing', async () => {
    const connection = await database.createSchema();
    const { store, pool } = open(connection, { lock_timeout: 1 });
    await store.create(taskOf(1));
    const rival = await pool.connect();
    await rival.query('BEGIN');
    await rival.query('LOCK TABLE latecall_tasks');
    await expect(store.settle(ref, { settlement, now: 2 })).rejects.toMatchObject({ code: 'store_busy' });
    await rival.query('ROLLBACK');
    rival.release();
    expect((await store.get(ref))?.status).toBe('working');
  });

  it('is one whose pool would have no connection left beside the subscription', async () => {
    const { store } = open(await database.createSchema(), { max: 1 });
    expect(() => store.subscribe(() => {})).toThrow(LatecallError);
    expect((await store.create(taskOf(1))).result).toBe('created');
  });

  it('is one that was closed, which may be closed again', async () => {
    const { store } = open(await database.createSchema());
    await store.close();
    await store.close();
    await expect(store.get(ref)).rejects.toMatchObject({ code: 'store_closed' });
    await expect(store.migrate()).rejects.toMatchObject({ code: 'store_closed' });
    expect(() => store.subscribe(() => {})).toThrow('was closed');
  });
});

/** The schema that a connection string of `createSchema` leads to. */
function schemaOf(connection: string): string {
  return /search_path=(\w+)/.exec(decodeURIComponent(connection))?.[1] ?? '';
}
