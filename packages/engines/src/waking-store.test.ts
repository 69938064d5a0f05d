import { createThreadRunner, LatecallError, type Scope, scopeKey, type TaskStore } from '@latecall/core';
import { postgresStore } from '@latecall/stores/postgres';
import { createGate, postgresMissing, storeConformance } from '@latecall/testing';
import type { PgBoss } from 'pg-boss';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type EngineDatabase, startEngineDatabase } from '../test/engine-database.ts';
import { refOf, taskOf } from '../test/sample-task.ts';
import { type PgBossResumer, pgBossResumer, wakingStore } from './pg-boss.ts';

const missing = postgresMissing();
const onPostgres = describe.skipIf(missing !== undefined);
const scope: Scope = { tenant: 'acme', thread: 'chat-1' };
const ref = refOf(scope);
const settlement = { status: 'completed', result: 'u' } as const;

let database: EngineDatabase;
let queues = 0;
beforeAll(async () => {
  if (missing !== undefined) return;
  database = await startEngineDatabase();
  return () => database.stop();
}, 60_000);
afterEach(() => database?.close());

/** What one process has: its pg-boss, its pool, its store. */
async function openProcess(schema: string, queue: string) {
  const boss = await database.openBoss();
  const plain = database.openStore(schema);
  const resumer = pgBossResumer({ boss, queue });
  const waking = (by: PgBossResumer = resumer) => wakingStore({ ...plain, storeOn: postgresStore, resumer: by });
  const jobs = async () => ((await boss.getQueue(queue)) ? boss.findJobs(queue, { key: scopeKey(scope) }) : []);
  return { ...plain, boss, resumer, waking, jobs };
}

async function scene() {
  queues += 1;
  const schema = await database.createSchema();
  const queue = `waking-${queues}`;
  const open = () => openProcess(schema, queue);
  return { ...(await open()), open, queue };
}

onPostgres(missing === undefined ? 'wakingStore' : `wakingStore (skipped: ${missing})`, () => {
  describe('as a store', () => {
    let other: EngineDatabase;
    let boss: PgBoss;
    beforeAll(async () => {
      other = await startEngineDatabase();
      boss = await other.openBoss();
    }, 60_000);
    afterAll(async () => {
      await other.close();
      await other.stop();
    });
    const createStore = async () => {
      const { store, pool, close } = other.openStore(await other.createSchema());
      const waking = wakingStore({ store, pool, storeOn: postgresStore, resumer: pgBossResumer({ boss }) });
      return { ...waking, close };
    };
    const closeStore = ({ close }: { close: () => Promise<void> }) => close();
    for (const { name, run } of storeConformance({ createStore, closeStore })) it(name, run);
  });

  it('stores an outcome and the wake', async () => {
    const { store, waking, jobs } = await scene();
    await store.create(taskOf(scope));
    expect((await waking().settle(ref, { settlement, now: 2 })).verdict).toBe('accepted');
    expect((await store.get(ref))?.settlement).toEqual(settlement);
    expect(await jobs()).toMatchObject([{ state: 'created', data: scope }]);
  });

  it('stores neither if the wake cannot be stored', async () => {
    const { store, resumer, waking, jobs } = await scene();
    await store.create(taskOf(scope));
    const failing = waking({ ...resumer, wake: () => Promise.reject(new Error('no queue')) });
    const error = await failing.settle(ref, { settlement, now: 2 }).catch((thrown: unknown) => thrown);
    expect(LatecallError.isInstance(error, 'store_unavailable')).toBe(true);
    expect((await store.get(ref))?.status).toBe('working');
    expect((await waking().settle(ref, { settlement, now: 2 })).verdict).toBe('accepted');
    expect(await jobs()).toHaveLength(1);
  });

  it('stores neither if the connection breaks when both are written and not committed', async () => {
    const { store, pool, resumer, waking, jobs } = await scene();
    await store.create(taskOf(scope));
    const wake: PgBossResumer['wake'] = async (woken, options) => {
      await resumer.wake(woken, options);
      const found = await options?.db?.executeSql('SELECT pg_backend_pid() AS pid');
      await pool.query('SELECT pg_terminate_backend($1)', [found?.rows[0].pid]);
    };
    const error = await waking({ ...resumer, wake })
      .settle(ref, { settlement, now: 2 })
      .catch((thrown: unknown) => thrown);
    expect(LatecallError.isInstance(error, 'store_unavailable')).toBe(true);
    expect([(await store.get(ref))?.status, await jobs()]).toEqual(['working', []]);
    expect((await waking().settle(ref, { settlement, now: 2 })).verdict).toBe('accepted');
    expect(await jobs()).toHaveLength(1);
  });

  it('wakes for what was accepted, and once it is finished', async () => {
    const { store, waking, jobs } = await scene();
    await store.create(taskOf(scope));
    const waker = waking();
    await waker.settle(ref, { settlement, now: 2, hold: 'settling' });
    await waker.settle(ref, { settlement: { status: 'cancelled' }, now: 2 });
    expect(await jobs()).toEqual([]);
    await waker.finish(ref, settlement);
    expect(await jobs()).toHaveLength(1);
  });

  it('wakes for an outcome that the policy is still to be asked about', async () => {
    const { store, waking, jobs } = await scene();
    await store.create(taskOf(scope));
    await waking().settle(ref, { settlement, now: 2, hold: 'authorizing' });
    expect(await jobs()).toHaveLength(1);
  });

  it('stores a task and the delayed wake of its deadline, or neither', async () => {
    const { store, boss, queue, resumer, waking } = await scene();
    const deadlineAt = Date.now() + 20 * 24 * 60 * 60 * 1_000;
    const failing = waking({ ...resumer, wakeAt: () => Promise.reject(new Error('no queue')) });
    const task = taskOf(scope, { deadlineAt });
    await expect(failing.create(task)).rejects.toThrow('no queue');
    expect(await store.get(ref)).toBeUndefined();
    await Promise.all([waking().create(task), waking().create(task)]);
    const [job, ...others] = await boss.findJobs(queue, { data: scope });
    expect([job?.startAfter.getTime(), others]).toEqual([deadlineAt, []]);
    expect(job?.keepUntil.getTime()).toBeGreaterThan(deadlineAt);
  });

  it('wakes a runner that does not look for deadlines, when one of another process passes', async () => {
    const { open, waking, store } = await scene();
    const told = createGate();
    const { resumer, waking: wakingOn } = await open();
    const errors: unknown[] = [];
    const runner = createThreadRunner({
      store: wakingOn(),
      resumer,
      rescanEvery: '1h',
      run: async () => {
        if ((await store.get(ref))?.status === 'failed') told.open();
      },
      onError: (error) => void errors.push(error),
    });
    await runner.start();
    await waking().create(taskOf(scope, { deadlineAt: Date.now() + 50 }));
    await told.opened;
    await runner.stop();
    expect(errors).toEqual([]);
  });

  it('wakes for deadlines', async () => {
    const { store, waking, jobs } = await scene();
    const scopes = ['chat-2', 'chat-1', 'chat-3'].map((thread) => ({ ...scope, thread }));
    for (const one of scopes) await store.create(taskOf(one, { deadlineAt: 10 }));
    const waker = waking();
    const both = await Promise.all([waker.expireDue({ now: 11 }), waker.expireDue({ now: 11 })]);
    expect(both.flat()).toHaveLength(3);
    expect(await jobs()).toHaveLength(1);
  });

  it('lets two runners tell a result once, that a process without one has taken', { timeout: 20_000 }, async () => {
    const { open, waking, store } = await scene();
    await store.create(taskOf(scope));
    const told: unknown[] = [];
    const done = createGate();
    const errors: unknown[] = [];
    const start = async (claimant: string) => {
      const { store: own, resumer, waking: wakingOn } = await open();
      const run = async () => {
        if (await tell({ store: own, claimant, told })) done.open();
      };
      const onError = (error: unknown) => void errors.push(error);
      const runner = createThreadRunner({ store: wakingOn(), resumer, run, onError, clock: fixedClock });
      await runner.start();
      return runner;
    };
    const runners = await Promise.all([start('a'), start('b')]);
    await waking().settle(ref, { settlement, now: 2 });
    await done.opened;
    for (const runner of runners) await runner.wake(scope);
    for (const runner of runners) await runner.stop();
    expect(errors).toEqual([]);
    expect(told).toEqual(['u']);
    expect((await store.get(ref))?.consumption).toBeDefined();
  });

  it('wakes who was not alive when the result came', async () => {
    const { open, waking, store } = await scene();
    await store.create(taskOf(scope));
    await waking().settle(ref, { settlement, now: 2 });
    const { resumer } = await open();
    const woken = createGate();
    const stop = await resumer.start(async (delivered) => {
      if (delivered.thread === scope.thread) woken.open();
    });
    await woken.opened;
    await stop();
  });
});

const fixedClock = { now: () => 5, schedule: () => () => {} };

/** A run with one model call, if the store lets this claimant make it. */
async function tell({ store, claimant, told }: { store: TaskStore; claimant: string; told: unknown[] }) {
  const wanted = [{ id: ref.id, delivery: { kind: 'replace', offset: 0 } }] as const;
  const [task] = await store.claim({ scope, claimant, now: 5, wanted });
  if (task?.settlement?.status !== 'completed') return false;
  told.push(task.settlement.result);
  const outcome = { status: 'completed', result: task.settlement.result } as const;
  return store.consume(ref, { claimant, turn: `turn of ${claimant}`, now: 5, told: { outcome } });
}
