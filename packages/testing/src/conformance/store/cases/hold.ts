import assert from 'node:assert/strict';
import { done, ids, newTask, now, ref, scope, wants } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** An outcome that has won and waits for the policy, or for the tool's onResult. */
export const holdCases: StoreCases = {
  'a held outcome leaves the task working, in the phase that was asked for': async (store) => {
    for (const hold of ['authorizing', 'settling'] as const) {
      await store.create(newTask({ id: hold }));
      const { verdict, task } = await store.settle({ scope, id: hold }, { settlement: done(1), now, hold });
      assert.deepEqual([verdict, task?.status, task?.phase], ['accepted', 'working', hold]);
      assert.deepEqual([task?.settlement, task?.settledAt], [done(1), now]);
    }
  },

  'rivals of an outcome that waits for the policy lose as if it were settled': async (store) => {
    await store.create(newTask({ deadlineAt: now + 1 }));
    await store.settle(ref, { settlement: done(1), now, hold: 'authorizing' });
    assert.equal((await store.settle(ref, { settlement: done(1), now })).verdict, 'duplicate');
    assert.equal((await store.settle(ref, { settlement: done(2), now })).verdict, 'conflict');
    assert.equal((await store.settle(ref, { settlement: { status: 'cancelled' }, now })).verdict, 'conflict');
    assert.deepEqual(await store.expireDue({ now: now + 9 }), []);
    assert.equal(await store.nextDeadline(), undefined);
    assert.equal((await store.get(ref))?.phase, 'authorizing');
  },

  'an outcome that waits for the policy is claimed by nobody until it is finished': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: 'authorizing' });
    assert.deepEqual(await store.claim(wants()), []);
    const task = await store.finish(ref, done('made of it'));
    assert.deepEqual([task?.status, task?.phase], ['completed', undefined]);
    assert.deepEqual([task?.settlement, task?.finalSettlement], [done(1), done('made of it')]);
    assert.deepEqual(ids(await store.claim(wants())), ['task_1']);
  },

  'the first finish ends the phase authorizing, and later ones are given what it stored': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: 'authorizing' });
    await store.finish(ref, done(2));
    assert.deepEqual((await store.finish(ref, done(3)))?.finalSettlement, done(2));
  },

  'a receipt that comes after an outcome that waits for the policy leaves it waiting': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: 'authorizing' });
    const task = await store.update(ref, { dispatched: { dispatchResult: 'late receipt', at: now } });
    assert.deepEqual([task?.phase, task?.dispatchResult], ['authorizing', 'late receipt']);
  },

  'rivals of a held outcome lose as if it were settled': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: 'settling' });
    assert.equal((await store.settle(ref, { settlement: done(1), now })).verdict, 'duplicate');
    assert.equal((await store.settle(ref, { settlement: done(2), now })).verdict, 'conflict');
    assert.equal((await store.settle(ref, { settlement: { status: 'cancelled' }, now })).verdict, 'conflict');
  },

  'finish stores what counts beside what arrived': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: 'settling' });
    const task = await store.finish(ref, done('made of it'));
    assert.equal(task?.status, 'completed');
    assert.equal(task?.phase, undefined);
    assert.deepEqual(task?.settlement, done(1));
    assert.deepEqual(task?.finalSettlement, done('made of it'));
  },

  'the outcome that arrived stays the one that attempts are compared with': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: 'settling' });
    await store.finish(ref, done('made of it'));
    assert.equal((await store.settle(ref, { settlement: done(1), now })).verdict, 'duplicate');
    assert.equal((await store.settle(ref, { settlement: done('made of it'), now })).verdict, 'conflict');
  },

  'finish may turn a result into a failure': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: 'settling' });
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
