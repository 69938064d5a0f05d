import assert from 'node:assert/strict';
import type { Json, TaskStore } from '@latecall/core';
import { done, ids, newTask, now, ref, scope, times } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

const kibibyte = 1_024;

/** Takes `value` along every way that JSON takes. */
async function carries(store: TaskStore, value: Json): Promise<void> {
  await store.create(newTask({ arguments: value, snapshot: value }));
  await store.update(ref, { dispatched: { dispatchResult: value, at: now } });
  await store.settle(ref, { settlement: done(value), now });
  const task = await store.get(ref);
  assert.deepEqual(task?.arguments, value);
  assert.deepEqual(task?.snapshot, value);
  assert.deepEqual(task?.dispatchResult, value);
  assert.deepEqual(task?.settlement, done(value));
}

/** Much of it, and text that is hard to carry. */
export const sizeCases: StoreCases = {
  'a store carries values of 256 KiB': (store) => carries(store, { text: 'ö'.repeat(128 * kibibyte) }),

  'a store carries every kind of JSON': (store) =>
    carries(store, { list: [1, -0.5, 1e21, null, true, false, '', [], {}], deep: { deep: { deep: [[[0]]] } } }),

  'a store carries text that is hard to quote': (store) =>
    carries(store, ["'; DROP TABLE latecall_tasks; --", '"', '\\', '\n\r\t', '$1 ?1 :a', '\u0000', '🎬 ö \ud800']),

  'a store carries keys that objects have by nature': (store) =>
    carries(store, JSON.parse('{ "__proto__": 1, "constructor": 2, "toString": 3 }')),

  'a store keeps times of this century to the millisecond': async (store) => {
    const at = Date.UTC(2099, 11, 31, 23, 59, 59, 999);
    await store.create(newTask({ createdAt: at, deadlineAt: at + 1 }));
    await store.settle(ref, { settlement: done(1), now: at });
    const task = await store.get(ref);
    assert.deepEqual([task?.createdAt, task?.deadlineAt, task?.settledAt], [at, at + 1, at]);
  },

  'a scope holds hundreds of tasks, listed oldest first, and found by hundreds of call ids': async (store) => {
    const names = Array.from({ length: 300 }, (_, index) => `task_${index}`);
    for (const [index, id] of names.entries()) await store.create(newTask({ id, callIds: [`c${index}`] }));
    assert.deepEqual(ids(await store.list(scope)), names);
    const callIds = names.slice(50, 250).map((_, index) => `c${index + 50}`);
    assert.deepEqual(ids(await store.list(scope, { callIds })), names.slice(50, 250));
  },

  'hundreds of due tasks expire in one sweep': async (store) => {
    await times(250, (index) => store.create(newTask({ id: `task_${index}`, deadlineAt: now })));
    assert.equal((await store.expireDue({ now })).length, 250);
    assert.deepEqual(await store.list(scope, { statuses: ['working'] }), []);
  },
};
