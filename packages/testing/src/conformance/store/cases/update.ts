import assert from 'node:assert/strict';
import { done, failure, newTask, now, ref, scope, settled } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** What may change besides the outcome. */
export const updateCases: StoreCases = {
  'update with a dispatch result ends the phase dispatching': async (store) => {
    await store.create(newTask());
    const task = await store.update(ref, { dispatched: { dispatchResult: { job: 1 }, at: now } });
    assert.deepEqual(task, { ...newTask(), status: 'working', dispatchResult: { job: 1 }, dispatchedAt: now });
    assert.deepEqual(await store.get(ref), task);
  },

  'the first dispatch result stays': async (store) => {
    await store.create(newTask());
    await store.update(ref, { dispatched: { dispatchResult: 1, at: now } });
    const task = await store.update(ref, { dispatched: { dispatchResult: 2, at: now + 1 } });
    assert.equal(task?.dispatchResult, 1);
    assert.equal(task?.dispatchedAt, now);
  },

  'falsy dispatch results are results': async (store) => {
    for (const dispatchResult of [null, false, 0, '']) {
      const id = `task_${JSON.stringify(dispatchResult)}`;
      await store.create(newTask({ id }));
      await store.update({ scope, id }, { dispatched: { dispatchResult, at: now } });
      await store.update({ scope, id }, { dispatched: { dispatchResult: 'second', at: now } });
      assert.equal((await store.get({ scope, id }))?.dispatchResult, dispatchResult);
    }
  },

  'a dispatch result that comes after its dispatch has failed is not taken': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: failure('dispatch_failed'), now });
    const task = await store.update(ref, { dispatched: { dispatchResult: 1, at: now } });
    assert.equal(task?.status, 'failed');
    assert.equal(task?.dispatchedAt, undefined);
    assert.equal(task?.dispatchResult, undefined);
    assert.deepEqual(await store.get(ref), task);
  },

  'update adds a call id once': async (store) => {
    await store.create(newTask());
    await store.update(ref, { callId: 'c2' });
    await store.update(ref, { callId: 'c2' });
    assert.deepEqual((await store.get(ref))?.callIds, ['c1', 'c2']);
  },

  'update adds token hashes': async (store) => {
    await store.create(newTask());
    await store.update(ref, { tokenHash: 'one' });
    await store.update(ref, { tokenHash: 'two' });
    assert.deepEqual((await store.get(ref))?.tokenHashes, ['one', 'two']);
  },

  'the first time that the placeholder was sent stays': async (store) => {
    await store.create(newTask());
    await store.update(ref, { placeholderSentAt: now });
    await store.update(ref, { placeholderSentAt: now + 1 });
    assert.equal((await store.get(ref))?.placeholderSentAt, now);
  },

  'update takes every change of a terminal task, and leaves its status': async (store) => {
    await settled(store);
    const change = { placeholderSentAt: now, callId: 'c2', dispatched: { dispatchResult: 'late receipt', at: now } };
    const task = await store.update(ref, change);
    assert.equal(task?.placeholderSentAt, now);
    assert.equal(task?.dispatchResult, 'late receipt');
    assert.equal(task?.status, 'completed');
    assert.deepEqual(task?.callIds, ['c1', 'c2']);
  },

  'a receipt that comes after a held outcome leaves it held': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: 'settling' });
    const task = await store.update(ref, { dispatched: { dispatchResult: 'late receipt', at: now } });
    assert.equal(task?.phase, 'settling');
    assert.equal(task?.dispatchResult, 'late receipt');
  },

  'update adds a call id that is part of another one, and one that is hard to quote': async (store) => {
    await store.create(newTask({ callIds: ['c10'] }));
    for (const callId of ['c1', '"', '","', 'a\nb', '\\']) {
      await store.update(ref, { callId });
      await store.update(ref, { callId });
    }
    assert.deepEqual((await store.get(ref))?.callIds, ['c10', 'c1', '"', '","', 'a\nb', '\\']);
  },

  'update adds a call id to none': async (store) => {
    await store.create(newTask({ callIds: [] }));
    assert.deepEqual((await store.update(ref, { callId: 'c1' }))?.callIds, ['c1']);
  },

  'update without a change changes nothing': async (store) => {
    await store.create(newTask());
    const before = await store.get(ref);
    assert.deepEqual(await store.update(ref, {}), before);
    assert.deepEqual(await store.get(ref), before);
  },

  'update knows nothing of an id that was never created': async (store) => {
    assert.equal(await store.update(ref, { callId: 'c2' }), undefined);
  },
};
