import assert from 'node:assert/strict';
import { by, done, ids, inPlace, newTask, now, ref, scope, settled, wants } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** Two scopes never meet. */
export const scopeCases: StoreCases = {
  'two tenants with equal ids, keys, handles and call ids never meet': async (store) => {
    const theirs = { tenant: 'other', thread: scope.thread };
    await store.create(newTask({ arguments: 'ours' }));
    assert.equal((await store.create(newTask({ scope: theirs, arguments: 'theirs' }))).result, 'created');
    await store.settle({ scope: theirs, id: 'task_1' }, { settlement: done('theirs'), now });
    assert.equal((await store.get(ref))?.arguments, 'ours');
    assert.equal((await store.get(ref))?.status, 'working');
    assert.equal((await store.get({ scope: theirs, id: 'task_1' }))?.arguments, 'theirs');
    assert.deepEqual(
      (await store.list(theirs, { callIds: ['c1'] })).map((task) => task.arguments),
      ['theirs'],
    );
  },

  'two tenants with equal keys, handles and call ids never meet': async (store) => {
    const theirs = { tenant: 'other', thread: scope.thread };
    const equal = { idempotencyKey: 'key', handle: 'render_k3f9' };
    await store.create(newTask(equal));
    assert.equal((await store.create(newTask({ ...equal, id: 'task_2', scope: theirs }))).result, 'created');
    assert.deepEqual(ids(await store.list(scope, { callIds: ['c1'] })), ['task_1']);
    assert.deepEqual(ids(await store.list(theirs, { callIds: ['c1'] })), ['task_2']);
  },

  'a branch, and no branch, are different scopes': async (store) => {
    const branch = { ...scope, branch: 'b' };
    await store.create(newTask());
    assert.equal(await store.get({ scope: branch, id: 'task_1' }), undefined);
    assert.deepEqual(await store.list(branch), []);
    const same = newTask({ id: 'task_2', scope: branch, idempotencyKey: 'key_task_1' });
    assert.equal((await store.create(same)).result, 'created');
  },

  'get knows nothing of an id of another scope': async (store) => {
    await store.create(newTask());
    assert.equal(await store.get({ scope: { thread: scope.thread }, id: 'task_1' }), undefined);
  },

  'update knows nothing of an id of another scope': async (store) => {
    await store.create(newTask());
    assert.equal(await store.update({ scope: { thread: 'x' }, id: 'task_1' }, { callId: 'c2' }), undefined);
    assert.deepEqual((await store.get(ref))?.callIds, ['c1']);
  },

  'an id of another scope is unknown': async (store) => {
    await store.create(newTask());
    const attempt = await store.settle({ scope: { thread: 'x' }, id: 'task_1' }, { settlement: done(1), now });
    assert.deepEqual(attempt, { verdict: 'unknown' });
    assert.equal((await store.get(ref))?.status, 'working');
  },

  'claim gives no task that is pending, held, unknown or of another scope': async (store) => {
    await store.create(newTask());
    assert.deepEqual(await store.claim(wants()), []);
    await store.settle(ref, { settlement: done(1), now, hold: 'settling' });
    assert.deepEqual(await store.claim(wants()), []);
    await store.finish(ref, done(1));
    assert.deepEqual(await store.claim(wants({ wanted: [{ id: 'nobody', delivery: inPlace }] })), []);
    assert.deepEqual(await store.claim(wants({ scope: { thread: 'x' } })), []);
  },

  'consume knows nothing of an id of another scope': async (store) => {
    await settled(store);
    await store.claim(wants());
    assert.equal(await store.consume({ scope: { thread: 'x' }, id: 'task_1' }, by('run-1')), false);
  },

  'scopes whose parts only look alike when they are joined never meet': async (store) => {
    const scopes = [
      { tenant: 'a', thread: 'b c' },
      { tenant: 'a b', thread: 'c' },
      { thread: 'a b c' },
      { thread: '["a"]' },
    ];
    for (const [index, where] of scopes.entries()) {
      const task = newTask({ scope: where, id: `task_${index}`, handle: 'render_k3f9', idempotencyKey: 'key' });
      assert.equal((await store.create(task)).result, 'created');
    }
    for (const [index, where] of scopes.entries()) assert.deepEqual(ids(await store.list(where)), [`task_${index}`]);
  },

  'locate tells a branch from none, and a tenant from none': async (store) => {
    const scopes = [{ thread: 't' }, { thread: 't', branch: 'b' }, { tenant: 'x', thread: 't' }];
    for (const [index, where] of scopes.entries()) {
      await store.create(newTask({ id: `task_${index}`, scope: where }));
      assert.deepEqual(await store.locate(`task_${index}`), where);
    }
  },

  'release, finish and expireDue keep to their scope': async (store) => {
    const elsewhere = { thread: 'x' };
    await store.create(newTask({ deadlineAt: now + 5 }));
    assert.deepEqual(await store.expireDue({ now: now + 9, scope: elsewhere }), []);
    await store.settle(ref, { settlement: done(1), now, hold: 'settling' });
    assert.equal(await store.finish({ scope: elsewhere, id: 'task_1' }, done(2)), undefined);
    await store.finish(ref, done(3));
    await store.claim(wants());
    await store.release({ scope: elsewhere, claimant: 'run-1', ids: ['task_1'], sent: true });
    assert.equal((await store.get(ref))?.claim?.claimant, 'run-1');
  },
};
