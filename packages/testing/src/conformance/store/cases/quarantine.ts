import assert from 'node:assert/strict';
import { noteLimits } from '@latecall/core';
import { done, kept, newTask, now, ref, settled } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** Results that came and that no model may see. */
export const quarantineCases: StoreCases = {
  'a result is kept in quarantine, also on a task that is over, which stays as it is': async (store) => {
    await settled(store, { status: 'cancelled' });
    const before = await store.get(ref);
    const { verdict, task } = await store.note(ref, kept(done({ url: 'u' })));
    assert.equal(verdict, 'accepted');
    assert.deepEqual(task, { ...before, quarantine: [{ at: now, reason: 'late', outcome: done({ url: 'u' }) }] });
    assert.deepEqual(await store.get(ref), task);
  },

  'a result is kept on a task whose outcome is held, which stays held': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: 'authorizing' });
    const { task } = await store.note(ref, kept(done(2)));
    assert.deepEqual([task?.phase, task?.settlement, task?.quarantine?.length], ['authorizing', done(1), 1]);
  },

  'the same result again is a duplicate, whatever the order of its keys': async (store) => {
    await settled(store);
    await store.note(ref, kept(done({ a: 1, b: 2 })));
    assert.equal((await store.note(ref, kept(done({ b: 2, a: 1 })))).verdict, 'duplicate');
    assert.equal((await store.note(ref, kept(done({ b: 2, a: 2 })))).verdict, 'accepted');
    assert.equal((await store.get(ref))?.quarantine?.length, 2);
  },

  'a task keeps so many results in quarantine and no more': async (store) => {
    await settled(store);
    for (let result = 0; result < noteLimits.quarantine; result += 1) await store.note(ref, kept(done(result)));
    assert.equal((await store.note(ref, kept(done('one more')))).verdict, 'full');
    assert.equal((await store.note(ref, kept(done(0)))).verdict, 'duplicate');
    assert.equal((await store.get(ref))?.quarantine?.length, noteLimits.quarantine);
  },

  'of a result that is too large the size is kept': async (store) => {
    await settled(store);
    const { task } = await store.note(ref, kept(done('x'.repeat(noteLimits.quarantineBytes))));
    const outcome = task?.quarantine?.[0]?.outcome;
    assert.equal(outcome?.status === 'failed' && outcome.error.code, 'too_large');
    assert.deepEqual(await store.get(ref), task);
  },
};
