import assert from 'node:assert/strict';
import { behind, by, done, ids, inPlace, newTask, now, ref, scope, settled, wants } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** One claimant a result. */
export const claimCases: StoreCases = {
  'claim gives only the tasks that are wanted': async (store) => {
    await settled(store);
    await store.create(newTask({ id: 'task_2' }));
    await store.settle({ scope, id: 'task_2' }, { settlement: done(2), now });
    assert.deepEqual(ids(await store.claim(wants())), ['task_1']);
    assert.equal((await store.get({ scope, id: 'task_2' }))?.claim, undefined);
  },

  'a claim is repeatable by its claimant': async (store) => {
    await settled(store);
    await store.claim(wants());
    assert.deepEqual(ids(await store.claim(wants({ now: now + 5 }))), ['task_1']);
  },

  'a claim is never taken over without a lease': async (store) => {
    await settled(store);
    await store.claim(wants());
    assert.deepEqual(await store.claim(wants({ claimant: 'run-2', now: now + 1_000_000 })), []);
    assert.equal((await store.get(ref))?.claim?.claimant, 'run-1');
  },

  'a claim is taken over once the lease is over, not before': async (store) => {
    await settled(store);
    await store.claim(wants());
    const rival = { claimant: 'run-2', takeOverAfterMs: 100 };
    assert.deepEqual(await store.claim(wants({ ...rival, now: now + 99 })), []);
    assert.deepEqual(ids(await store.claim(wants({ ...rival, now: now + 100 }))), ['task_1']);
  },

  'a claim that is repeated has its lease begin anew': async (store) => {
    await settled(store);
    await store.claim(wants());
    await store.claim(wants({ now: now + 90 }));
    assert.deepEqual(await store.claim(wants({ claimant: 'run-2', now: now + 100, takeOverAfterMs: 100 })), []);
  },

  'a consumed task is claimed by nobody, however late': async (store) => {
    await settled(store);
    await store.claim(wants());
    await store.consume(ref, by('run-1'));
    assert.deepEqual(await store.claim(wants()), []);
    assert.deepEqual(await store.claim(wants({ claimant: 'run-2', now: now + 1e9, takeOverAfterMs: 1 })), []);
  },

  'claim gives several tasks, in the order in which they are wanted': async (store) => {
    for (const id of ['a', 'b', 'c']) {
      await store.create(newTask({ id }));
      await store.settle({ scope, id }, { settlement: done(id), now });
    }
    const wanted = ['c', 'a'].map((id) => ({ id, delivery: behind }));
    assert.deepEqual(ids(await store.claim(wants({ wanted }))), ['c', 'a']);
  },

  'claim takes failures and cancellations as well': async (store) => {
    await settled(store, { status: 'cancelled' });
    assert.deepEqual(ids(await store.claim(wants())), ['task_1']);
  },

  'a claim keeps the delivery of its first time when it is repeated': async (store) => {
    await settled(store);
    await store.claim(wants());
    const [task] = await store.claim(wants({ now: now + 5, wanted: [{ id: 'task_1', delivery: behind }] }));
    assert.deepEqual(task?.delivery, inPlace);
    assert.deepEqual(task?.claim, { claimant: 'run-1', at: now + 5, fixedDelivery: true });
  },
};
