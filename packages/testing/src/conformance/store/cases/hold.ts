import assert from 'node:assert/strict';
import { done, newTask, now, ref } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** An outcome that has won and waits for the tool's onResult. */
export const holdCases: StoreCases = {
  'a held outcome leaves the task working, in phase settling': async (store) => {
    await store.create(newTask());
    const { verdict, task } = await store.settle(ref, { settlement: done(1), now, hold: true });
    assert.equal(verdict, 'accepted');
    assert.equal(task?.status, 'working');
    assert.equal(task?.phase, 'settling');
  },

  'rivals of a held outcome lose as if it were settled': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: true });
    assert.equal((await store.settle(ref, { settlement: done(1), now })).verdict, 'duplicate');
    assert.equal((await store.settle(ref, { settlement: done(2), now })).verdict, 'conflict');
    assert.equal((await store.settle(ref, { settlement: { status: 'cancelled' }, now })).verdict, 'conflict');
  },

  'finish stores what counts beside what arrived': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: true });
    const task = await store.finish(ref, done('made of it'));
    assert.equal(task?.status, 'completed');
    assert.equal(task?.phase, undefined);
    assert.deepEqual(task?.settlement, done(1));
    assert.deepEqual(task?.finalSettlement, done('made of it'));
  },

  'the outcome that arrived stays the one that attempts are compared with': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: true });
    await store.finish(ref, done('made of it'));
    assert.equal((await store.settle(ref, { settlement: done(1), now })).verdict, 'duplicate');
    assert.equal((await store.settle(ref, { settlement: done('made of it'), now })).verdict, 'conflict');
  },

  'finish may turn a result into a failure': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: true });
    const task = await store.finish(ref, { status: 'failed', error: { message: 'no' } });
    assert.equal(task?.status, 'failed');
  },

  'finish changes nothing about a task that is not held': async (store) => {
    await store.create(newTask());
    assert.equal((await store.finish(ref, done(1)))?.status, 'working');
    assert.equal((await store.get(ref))?.finalSettlement, undefined);
  },

  'finish knows nothing of an id that was never created': async (store) => {
    assert.equal(await store.finish(ref, done(1)), undefined);
  },
};
