import assert from 'node:assert/strict';
import { expiry } from '@latecall/core';
import { done, ids, news, newTask, now, ref } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** Tasks whose result is welcome after the deadline, as long as nobody has settled them. */
export const lateResultCases: StoreCases = {
  'a late result of a task that accepts it is accepted while nobody swept': async (store) => {
    await store.create(newTask({ deadlineAt: now, lateResult: 'accept' }));
    const { verdict, task } = await store.settle(ref, { settlement: done(1), now: now + 9 });
    assert.deepEqual([verdict, task?.status, task?.settledAt], ['accepted', 'completed', now + 9]);
    assert.equal(task?.lateResult, 'accept');
    assert.deepEqual(await store.expireDue({ now: now + 9 }), []);
  },

  'a late result of a task that accepts it may be held': async (store) => {
    await store.create(newTask({ deadlineAt: now, lateResult: 'accept' }));
    const { verdict, task } = await store.settle(ref, { settlement: done(1), now: now + 9, hold: 'settling' });
    assert.deepEqual([verdict, task?.phase], ['accepted', 'settling']);
    assert.deepEqual(await store.expireDue({ now: now + 9 }), []);
  },

  'expireDue tells of a task that accepts late results that its result may come': async (store) => {
    await store.create(newTask({ deadlineAt: now, lateResult: 'accept' }));
    await store.create(newTask({ id: 'task_2', deadlineAt: now }));
    const expired = new Map((await store.expireDue({ now })).map((task) => [task.id, task.settlement]));
    assert.deepEqual(expired.get('task_1'), expiry({ lateResult: 'accept' }));
    assert.deepEqual(expired.get('task_2'), expiry());
    assert.notDeepEqual(expired.get('task_1'), expired.get('task_2'));
  },

  'a result after the sweep is late for a task that accepts late results too': async (store) => {
    await store.create(newTask({ deadlineAt: now, lateResult: 'accept' }));
    await store.expireDue({ now });
    const { verdict, task } = await store.settle(ref, { settlement: done(1), now });
    assert.deepEqual([verdict, task?.status], ['late', 'failed']);
  },

  'a task that is due takes news until it is settled': async (store) => {
    await store.create(newTask({ deadlineAt: now, lateResult: 'accept' }));
    assert.equal((await store.note(ref, news({ progress: { fraction: 0.5 } }))).verdict, 'accepted');
    assert.equal(await store.nextDeadline(), now);
  },

  'a late result and the sweep at once leave one outcome': async (store) => {
    await store.create(newTask({ deadlineAt: now, lateResult: 'accept' }));
    const [attempt, swept] = await Promise.all([
      store.settle(ref, { settlement: done(1), now }),
      store.expireDue({ now }),
    ]);
    assert.equal(attempt.verdict === 'accepted', swept.length === 0);
    assert.deepEqual(ids(swept), attempt.verdict === 'late' ? ['task_1'] : []);
  },
};
