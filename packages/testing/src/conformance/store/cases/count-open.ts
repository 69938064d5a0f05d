import assert from 'node:assert/strict';
import { done, newTask, now, question, ref, scope, times } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** How many tasks of a scope wait for an outcome. */
export const countOpenCases: StoreCases = {
  'countOpen is none for a scope that it never saw': async (store) => {
    assert.equal(await store.countOpen(scope), 0);
  },

  'countOpen counts tasks that are dispatched, work, wait for input or are held': async (store) => {
    await times(4, (index) => store.create(newTask({ id: `task_${index}` })));
    await store.update({ scope, id: 'task_1' }, { dispatched: { dispatchResult: 1, at: now } });
    await store.note({ scope, id: 'task_2' }, question('a'));
    await store.settle({ scope, id: 'task_3' }, { settlement: done(1), now, hold: 'settling' });
    assert.equal(await store.countOpen(scope), 4);
  },

  'countOpen leaves out every task that has its outcome': async (store) => {
    await times(3, (index) => store.create(newTask({ id: `task_${index}`, deadlineAt: now })));
    await store.settle({ scope, id: 'task_0' }, { settlement: done(1), now: now - 1 });
    await store.settle({ scope, id: 'task_1' }, { settlement: { status: 'cancelled' }, now: now - 1 });
    assert.equal(await store.countOpen(scope), 1);
    await store.expireDue({ now });
    assert.equal(await store.countOpen(scope), 0);
  },

  'countOpen leaves out a held task once it is finished': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: 'authorizing' });
    assert.equal(await store.countOpen(scope), 1);
    await store.finish(ref, done(1));
    assert.equal(await store.countOpen(scope), 0);
  },

  'countOpen keeps to its scope, branches apart': async (store) => {
    const scopes = [scope, { ...scope, branch: 'b' }, { ...scope, thread: 'x' }, { thread: scope.thread }];
    for (const [index, where] of scopes.entries()) await store.create(newTask({ id: `task_${index}`, scope: where }));
    for (const where of scopes) assert.equal(await store.countOpen(where), 1);
  },
};
