import assert from 'node:assert/strict';
import { created, newTask, ref, scope, settled } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** How a task comes into being. */
export const createCases: StoreCases = {
  'create starts a task working, in phase dispatching': async (store) => {
    const outcome = await store.create(newTask());
    assert.deepEqual(outcome, { result: 'created', task: { ...newTask(), status: 'working', phase: 'dispatching' } });
  },

  'create starts a task that was dispatched elsewhere without a phase': async (store) => {
    const task = newTask({ dispatchedAt: created, dispatchResult: { job: 1 } });
    assert.deepEqual(await store.create(task), { result: 'created', task: { ...task, status: 'working' } });
  },

  'create gives the first task to a second one with its id': async (store) => {
    await store.create(newTask());
    const second = await store.create(newTask({ idempotencyKey: 'other', handle: 'other', arguments: 'other' }));
    assert.equal(second.result, 'exists');
    assert.deepEqual('task' in second && second.task.arguments, { script: 'a' });
  },

  'create gives the first task to a second one with its key': async (store) => {
    await store.create(newTask({ idempotencyKey: 'key' }));
    const second = await store.create(newTask({ id: 'task_2', idempotencyKey: 'key' }));
    assert.equal(second.result, 'exists');
    assert.equal('task' in second && second.task.id, 'task_1');
    assert.equal(await store.get({ scope, id: 'task_2' }), undefined);
  },

  'create refuses a handle that its thread has, in another branch too': async (store) => {
    await store.create(newTask({ handle: 'render_k3f9' }));
    const branch = { ...scope, branch: 'b' };
    for (const where of [scope, branch]) {
      const second = await store.create(newTask({ id: 'task_2', scope: where, handle: 'render_k3f9' }));
      assert.deepEqual(second, { result: 'handle_taken' });
    }
  },

  'create takes a handle again in another thread of the tenant': async (store) => {
    await store.create(newTask({ handle: 'render_k3f9' }));
    const other = newTask({ id: 'task_2', scope: { ...scope, thread: 'chat-2' }, handle: 'render_k3f9' });
    assert.equal((await store.create(other)).result, 'created');
  },

  'create leaves nothing behind when the handle is taken': async (store) => {
    await store.create(newTask({ handle: 'render_k3f9' }));
    await store.create(newTask({ id: 'task_2', handle: 'render_k3f9' }));
    assert.equal(await store.get({ scope, id: 'task_2' }), undefined);
    assert.equal((await store.create(newTask({ id: 'task_2', handle: 'render_other' }))).result, 'created');
  },

  'create gives the first task to the very same one again, handle and all': async (store) => {
    await store.create(newTask());
    const second = await store.create(newTask());
    assert.equal(second.result, 'exists');
    assert.deepEqual('task' in second && second.task, await store.get(ref));
  },

  'create goes by the id where id and key are those of two tasks': async (store) => {
    await store.create(newTask({ idempotencyKey: 'one' }));
    await store.create(newTask({ id: 'task_2', idempotencyKey: 'two' }));
    const third = await store.create(newTask({ id: 'task_2', idempotencyKey: 'one' }));
    assert.equal('task' in third && third.task.id, 'task_2');
  },

  'create gives a settled task as it stands': async (store) => {
    await settled(store);
    const second = await store.create(newTask());
    assert.equal('task' in second && second.task.status, 'completed');
  },
};
