import assert from 'node:assert/strict';
import { created, done, ids, newTask, now, question, ref, scope, times, wants } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** A deadline holds although nobody watches it. */
export const deadlineCases: StoreCases = {
  'an outcome after the deadline is late although nobody swept': async (store) => {
    await store.create(newTask({ deadlineAt: now }));
    assert.equal((await store.settle(ref, { settlement: done(1), now })).verdict, 'late');
    assert.equal((await store.get(ref))?.settlement, undefined);
  },

  'an outcome just before the deadline is accepted': async (store) => {
    await store.create(newTask({ deadlineAt: now + 1 }));
    assert.equal((await store.settle(ref, { settlement: done(1), now })).verdict, 'accepted');
  },

  'an outcome after the sweep is late': async (store) => {
    await store.create(newTask({ deadlineAt: now }));
    await store.expireDue({ now });
    const { verdict, task } = await store.settle(ref, { settlement: done(1), now });
    assert.equal(verdict, 'late');
    assert.equal(task?.status, 'failed');
  },

  'the same result sent again after the deadline is still a duplicate': async (store) => {
    await store.create(newTask({ deadlineAt: now + 1 }));
    await store.settle(ref, { settlement: done(1), now });
    assert.equal((await store.settle(ref, { settlement: done(1), now: now + 9 })).verdict, 'duplicate');
  },

  'a held task does not expire': async (store) => {
    await store.create(newTask({ deadlineAt: now + 1 }));
    await store.settle(ref, { settlement: done(1), now, hold: 'settling' });
    assert.deepEqual(await store.expireDue({ now: now + 9 }), []);
  },

  'expireDue fails the tasks whose deadline has passed, with code expired': async (store) => {
    await store.create(newTask({ deadlineAt: now }));
    const [task, ...more] = await store.expireDue({ now });
    assert.deepEqual(more, []);
    assert.equal(task?.status, 'failed');
    assert.equal(task?.phase, undefined);
    assert.equal(task?.settledAt, now);
    assert.equal(task?.settlement?.status === 'failed' && task.settlement.error.code, 'expired');
    assert.deepEqual(await store.get(ref), task);
  },

  'expireDue leaves tasks without a deadline, and those with one to come': async (store) => {
    await store.create(newTask());
    await store.create(newTask({ id: 'task_2', deadlineAt: now + 1 }));
    assert.deepEqual(await store.expireDue({ now }), []);
  },

  'expireDue leaves tasks that have their outcome': async (store) => {
    await store.create(newTask({ deadlineAt: now + 1 }));
    await store.settle(ref, { settlement: done(1), now });
    assert.deepEqual(await store.expireDue({ now: now + 1 }), []);
    assert.equal((await store.get(ref))?.status, 'completed');
  },

  'expireDue keeps to its scope': async (store) => {
    await store.create(newTask({ deadlineAt: now }));
    await store.create(newTask({ id: 'task_2', scope: { thread: 'chat-2' }, deadlineAt: now }));
    assert.deepEqual(ids(await store.expireDue({ now, scope })), ['task_1']);
    assert.deepEqual(ids(await store.expireDue({ now })), ['task_2']);
  },

  'expireDue keeps to its limit': async (store) => {
    await times(5, (index) => store.create(newTask({ id: `task_${index}`, deadlineAt: now })));
    assert.equal((await store.expireDue({ now, limit: 2 })).length, 2);
    assert.equal((await store.expireDue({ now, limit: 2 })).length, 2);
    assert.equal((await store.expireDue({ now, limit: 2 })).length, 1);
  },

  'expireDue expires a task that waits for input, and one that is being dispatched': async (store) => {
    await store.create(newTask({ deadlineAt: now }));
    await store.create(newTask({ id: 'task_2', deadlineAt: now }));
    await store.update(ref, { dispatched: { dispatchResult: 1, at: created } });
    await store.note(ref, question('a'));
    assert.deepEqual(new Set(ids(await store.expireDue({ now }))), new Set(['task_1', 'task_2']));
  },

  'an expired task is claimed as any other': async (store) => {
    await store.create(newTask({ deadlineAt: now }));
    await store.expireDue({ now });
    assert.deepEqual(ids(await store.claim(wants())), ['task_1']);
  },

  'a late outcome of a task that is being dispatched leaves it in its phase': async (store) => {
    await store.create(newTask({ deadlineAt: now }));
    const { verdict, task } = await store.settle(ref, { settlement: done(1), now, hold: 'settling' });
    assert.equal(verdict, 'late');
    assert.equal(task?.phase, 'dispatching');
  },
};
