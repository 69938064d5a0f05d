import assert from 'node:assert/strict';
import { by, ids, newTask, ref, scope, settled, wants } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** Which tasks a list holds, and in which order. */
export const listCases: StoreCases = {
  'list gives the tasks of its scope, oldest first': async (store) => {
    await store.create(newTask({ id: 'b', createdAt: 1 }));
    await store.create(newTask({ id: 'a', createdAt: 2 }));
    await store.create(newTask({ id: 'elsewhere', scope: { thread: 'chat-2' }, createdAt: 3 }));
    assert.deepEqual(ids(await store.list(scope)), ['b', 'a']);
  },

  'list is empty for a scope that it never saw': async (store) => {
    assert.deepEqual(await store.list(scope), []);
  },

  'list filters by status': async (store) => {
    await settled(store);
    await store.create(newTask({ id: 'task_2' }));
    assert.deepEqual(ids(await store.list(scope, { statuses: ['working'] })), ['task_2']);
    assert.deepEqual(ids(await store.list(scope, { statuses: ['completed', 'working'] })), ['task_1', 'task_2']);
    assert.deepEqual(ids(await store.list(scope, { statuses: [] })), []);
  },

  'list filters by any of the call ids, also one that was added': async (store) => {
    await store.create(newTask());
    await store.create(newTask({ id: 'task_2', callIds: ['c2'] }));
    await store.update(ref, { callId: 'c9' });
    assert.deepEqual(ids(await store.list(scope, { callIds: ['c9'] })), ['task_1']);
    assert.deepEqual(ids(await store.list(scope, { callIds: ['c2', 'c9', 'none'] })), ['task_1', 'task_2']);
    assert.deepEqual(ids(await store.list(scope, { callIds: [] })), []);
  },

  'list filters by consumption, where pending counts as not consumed': async (store) => {
    await settled(store);
    await store.create(newTask({ id: 'task_2' }));
    await store.claim(wants());
    await store.consume(ref, by('run-1'));
    assert.deepEqual(ids(await store.list(scope, { consumed: true })), ['task_1']);
    assert.deepEqual(ids(await store.list(scope, { consumed: false })), ['task_2']);
  },

  'conditions of a filter add up': async (store) => {
    await settled(store);
    await store.create(newTask({ id: 'task_2' }));
    assert.deepEqual(ids(await store.list(scope, { statuses: ['working'], callIds: ['c1'] })), ['task_2']);
    assert.deepEqual(ids(await store.list(scope, { statuses: ['working'], callIds: ['c2'] })), []);
  },

  'list gives fifty tasks in the order in which they came': async (store) => {
    const names = Array.from({ length: 50 }, (_, index) => `task_${(index * 7) % 50}`);
    for (const id of names) await store.create(newTask({ id }));
    assert.deepEqual(ids(await store.list(scope)), names);
  },

  'list finds whole call ids only, whatever is in them': async (store) => {
    const callIds = ['c1', 'c', '"', '","', '\\', '\\"', 'a\nb', '%', '_', "'", '🎬', ''];
    for (const callId of callIds) await store.create(newTask({ id: `task of ${callId}`, callIds: ['first', callId] }));
    for (const callId of callIds) {
      assert.deepEqual(ids(await store.list(scope, { callIds: [callId] })), [`task of ${callId}`]);
    }
    for (const part of ['first"', 'irst', '1', 'n', '\n', 'C1', ',']) {
      assert.deepEqual(await store.list(scope, { callIds: [part] }), []);
    }
  },

  'list of every branch gives the tasks of the whole thread, oldest first': async (store) => {
    const branch = { ...scope, branch: 'b' };
    for (const [id, where] of [
      ['a', branch],
      ['b', scope],
      ['elsewhere', { ...scope, thread: 'chat-2' }],
      ['tenantless', { thread: scope.thread }],
      ['c', { ...scope, branch: 'c' }],
      ['d', branch],
    ] as const) {
      await store.create(newTask({ id, scope: where }));
    }
    for (const where of [scope, branch, { ...scope, branch: 'unused' }]) {
      assert.deepEqual(ids(await store.list(where, { everyBranch: true })), ['a', 'b', 'c', 'd']);
    }
    assert.deepEqual(ids(await store.list(branch, { everyBranch: false })), ['a', 'd']);
    const [first] = await store.list(scope, { everyBranch: true });
    assert.deepEqual(first, await store.get({ scope: branch, id: 'a' }));
  },

  'other conditions hold for a list of every branch too': async (store) => {
    const branch = { ...scope, branch: 'b' };
    await settled(store);
    await store.create(newTask({ id: 'task_2', scope: branch, callIds: ['c1', 'c2'] }));
    const everyBranch = true;
    assert.deepEqual(ids(await store.list(scope, { everyBranch, statuses: ['working'] })), ['task_2']);
    assert.deepEqual(ids(await store.list(branch, { everyBranch, callIds: ['c1'] })), ['task_1', 'task_2']);
    await store.claim(wants());
    await store.consume(ref, by('run-1'));
    assert.deepEqual(ids(await store.list(branch, { everyBranch, consumed: false })), ['task_2']);
  },

  'list gives a task once that has several of the call ids': async (store) => {
    await store.create(newTask({ callIds: ['c1', 'c2'] }));
    assert.deepEqual(ids(await store.list(scope, { callIds: ['c1', 'c2'] })), ['task_1']);
  },
};
