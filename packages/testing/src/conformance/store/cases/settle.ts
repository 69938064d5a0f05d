import assert from 'node:assert/strict';
import { done, newTask, now, question, ref, scope, settled } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** The first outcome wins, and every other attempt is told why it lost. */
export const settleCases: StoreCases = {
  'settle accepts the first outcome and stores it with its time': async (store) => {
    await store.create(newTask());
    const { verdict, task } = await store.settle(ref, { settlement: done({ url: 'u' }), now });
    assert.equal(verdict, 'accepted');
    assert.deepEqual(task, { ...newTask(), status: 'completed', settlement: done({ url: 'u' }), settledAt: now });
    assert.deepEqual(await store.get(ref), task);
  },

  'settle accepts for a task that waits for input': async (store) => {
    await store.create(newTask());
    await store.note(ref, question('a'));
    assert.equal((await store.settle(ref, { settlement: done(1), now })).verdict, 'accepted');
  },

  'settle stores falsy results as they are': async (store) => {
    for (const result of [null, false, 0, '']) {
      const id = `task_${JSON.stringify(result)}`;
      await store.create(newTask({ id }));
      await store.settle({ scope, id }, { settlement: done(result), now });
      assert.equal((await store.settle({ scope, id }, { settlement: done(1), now })).verdict, 'conflict');
      assert.deepEqual((await store.get({ scope, id }))?.settlement, done(result));
    }
  },

  'settle gives failures and cancellations their status': async (store) => {
    const failed = { status: 'failed', error: { message: 'no', code: 'x' } } as const;
    const cancelled = { status: 'cancelled', reason: 'enough' } as const;
    for (const settlement of [failed, cancelled]) {
      const id = settlement.status;
      await store.create(newTask({ id }));
      const { task } = await store.settle({ scope, id }, { settlement, now });
      assert.equal(task?.status, settlement.status);
      assert.deepEqual(task?.settlement, settlement);
    }
  },

  'the same outcome again is a duplicate, whatever the order of its keys': async (store) => {
    await settled(store, done({ a: 1, b: [2] }));
    const { verdict, task } = await store.settle(ref, { settlement: done({ b: [2], a: 1 }), now: now + 9 });
    assert.equal(verdict, 'duplicate');
    assert.equal(task?.settledAt, now);
  },

  'another outcome is a conflict and is shown the first one': async (store) => {
    await settled(store);
    const { verdict, task } = await store.settle(ref, { settlement: done(2), now });
    assert.equal(verdict, 'conflict');
    assert.deepEqual(task?.settlement, done(1));
  },

  'a failure after a result is a conflict': async (store) => {
    await settled(store);
    const failed = { status: 'failed', error: { message: 'no' } } as const;
    assert.equal((await store.settle(ref, { settlement: failed, now })).verdict, 'conflict');
    assert.equal((await store.get(ref))?.status, 'completed');
  },

  'an outcome after the cancellation is told so': async (store) => {
    await settled(store, { status: 'cancelled' });
    assert.equal((await store.settle(ref, { settlement: done(1), now })).verdict, 'cancelled');
    assert.equal((await store.get(ref))?.status, 'cancelled');
  },

  'the same cancellation again is a duplicate': async (store) => {
    await settled(store, { status: 'cancelled', reason: 'enough' });
    const again = await store.settle(ref, { settlement: { status: 'cancelled', reason: 'enough' }, now });
    assert.equal(again.verdict, 'duplicate');
  },

  'a cancellation after the result is a conflict': async (store) => {
    await settled(store);
    assert.equal((await store.settle(ref, { settlement: { status: 'cancelled' }, now })).verdict, 'conflict');
  },

  'an expiry that was brought, brought again, is a duplicate': async (store) => {
    const expired = { status: 'failed', error: { code: 'expired', message: 'gave up' } } as const;
    await settled(store, expired);
    assert.equal((await store.settle(ref, { settlement: expired, now })).verdict, 'duplicate');
  },

  'an id that was never created is unknown': async (store) => {
    assert.deepEqual(await store.settle(ref, { settlement: done(1), now }), { verdict: 'unknown' });
  },

  'settle takes another scheduling over the own one of the task, and none leaves it': async (store) => {
    for (const scheduling of ['interrupt', undefined] as const) {
      const id = `task_${scheduling}`;
      await store.create(newTask({ id, scheduling: 'silent' }));
      const { task } = await store.settle({ scope, id }, { settlement: done(1), now, scheduling });
      assert.equal(task?.scheduling, scheduling ?? 'silent');
    }
  },
};
