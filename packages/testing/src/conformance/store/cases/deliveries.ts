import assert from 'node:assert/strict';
import { behind, by, inPlace, now, ref, scope, settled, wants } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** Where a result stands is fixed when it is first claimed; and claims that are given back. */
export const deliveryCases: StoreCases = {
  'claim gives a settled task with the claim and its delivery': async (store) => {
    await settled(store);
    const [task] = await store.claim(wants());
    assert.deepEqual(task?.claim, { claimant: 'run-1', at: now, fixedDelivery: true });
    assert.deepEqual(task?.delivery, inPlace);
    assert.deepEqual(await store.get(ref), task);
  },

  'the delivery of the first claim stays, after a take-over too': async (store) => {
    await settled(store);
    await store.claim(wants());
    const wanted = [{ id: 'task_1', delivery: behind }];
    const [task] = await store.claim(wants({ claimant: 'run-2', wanted, now: now + 9, takeOverAfterMs: 1 }));
    assert.deepEqual(task?.delivery, inPlace);
  },

  'claim takes a new delivery over one in the place of a placeholder that was sent meanwhile': async (store) => {
    await settled(store);
    await store.claim(wants({ wanted: [{ id: 'task_1', delivery: inPlace }] }));
    await store.update(ref, { placeholderSentAt: now });
    const [task] = await store.claim(
      wants({ claimant: 'run-2', now: now + 10, takeOverAfterMs: 5, wanted: [{ id: 'task_1', delivery: behind }] }),
    );
    assert.deepEqual(task?.delivery, behind);
  },

  'release of a claim that nothing was sent for frees the delivery which it had fixed': async (store) => {
    await settled(store);
    await store.claim(wants({ wanted: [{ id: 'task_1', delivery: behind }] }));
    await store.release({ scope, claimant: 'run-1', ids: ['task_1'], sent: false });
    const [task] = await store.claim(wants({ claimant: 'run-2' }));
    assert.deepEqual(task?.delivery, inPlace);
  },

  'release of a claim that nothing was sent for keeps a delivery from before': async (store) => {
    await settled(store);
    await store.claim(wants({ wanted: [{ id: 'task_1', delivery: behind }] }));
    await store.release({ scope, claimant: 'run-1', ids: ['task_1'], sent: true });
    await store.claim(wants({ claimant: 'run-2' }));
    await store.release({ scope, claimant: 'run-2', ids: ['task_1'], sent: false });
    const [task] = await store.claim(wants({ claimant: 'run-3' }));
    assert.deepEqual(task?.delivery, behind);
  },

  'release gives the task to the next claimant, with its delivery': async (store) => {
    await settled(store);
    await store.claim(wants({ wanted: [{ id: 'task_1', delivery: behind }] }));
    await store.release({ scope, claimant: 'run-1', ids: ['task_1'], sent: true });
    assert.equal((await store.get(ref))?.claim, undefined);
    const [task] = await store.claim(wants({ claimant: 'run-2' }));
    assert.equal(task?.claim?.claimant, 'run-2');
    assert.deepEqual(task?.delivery, behind);
  },

  'release by another than the claimant does nothing': async (store) => {
    await settled(store);
    await store.claim(wants());
    await store.release({ scope, claimant: 'run-2', ids: ['task_1', 'nobody'], sent: true });
    assert.equal((await store.get(ref))?.claim?.claimant, 'run-1');
  },

  'release after the consumption does nothing': async (store) => {
    await settled(store);
    await store.claim(wants());
    await store.consume(ref, by('run-1'));
    await store.release({ scope, claimant: 'run-1', ids: ['task_1'], sent: true });
    assert.equal((await store.get(ref))?.consumption?.turn, 'turn of run-1');
    assert.equal((await store.get(ref))?.claim?.claimant, 'run-1');
    assert.deepEqual(await store.claim(wants({ claimant: 'run-2' })), []);
  },

  'a claim that takes another over did not fix the delivery': async (store) => {
    await settled(store);
    await store.claim(wants());
    await store.claim(wants({ claimant: 'run-2', now: now + 9, takeOverAfterMs: 1 }));
    assert.equal((await store.get(ref))?.claim?.fixedDelivery, false);
    await store.release({ scope, claimant: 'run-2', ids: ['task_1'], sent: false });
    assert.deepEqual((await store.get(ref))?.delivery, inPlace);
  },

  'a delivery behind the placeholder stays although the placeholder is sent': async (store) => {
    await settled(store);
    await store.claim(wants({ wanted: [{ id: 'task_1', delivery: behind }] }));
    await store.update(ref, { placeholderSentAt: now });
    await store.release({ scope, claimant: 'run-1', ids: ['task_1'], sent: true });
    const [task] = await store.claim(wants({ claimant: 'run-2' }));
    assert.deepEqual(task?.delivery, behind);
  },
};
