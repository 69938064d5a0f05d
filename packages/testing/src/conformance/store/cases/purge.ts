import assert from 'node:assert/strict';
import type { Purgeable, Scope, TaskStore } from '@latecall/core';
import { created, done, ids, kept, newTask, now, ref, scope, settled, times, toldAt, wants } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

const later = now + 1_000;

/** One task that was told, one that has its outcome, one that is held, and one that is open. */
async function oneOfEach(store: TaskStore): Promise<void> {
  await toldAt(store, newTask({ id: 'told' }), now);
  for (const id of ['settled', 'held', 'open']) await store.create(newTask({ id }));
  await store.settle({ scope, id: 'settled' }, { settlement: done(1), now });
  await store.settle({ scope, id: 'held' }, { settlement: done(1), now, hold: 'settling' });
}

const left = async (store: TaskStore, where: Scope = scope) => ids(await store.list(where, { everyBranch: true }));

/** Which tasks are deleted for good, and what is left of them: nothing. */
export const purgeCases: StoreCases = {
  'purge deletes what a model was told, unless it is asked for more': async (store) => {
    await oneOfEach(store);
    assert.equal(await store.purge({ before: later }), 1);
    assert.deepEqual(await left(store), ['settled', 'held', 'open']);
  },

  'purge of settled tasks deletes those with an outcome, told or not': async (store) => {
    await oneOfEach(store);
    assert.equal(await store.purge({ before: later, which: 'settled' }), 2);
    assert.deepEqual(await left(store), ['held', 'open']);
  },

  'purge of all deletes open tasks too, by when they were created': async (store) => {
    await oneOfEach(store);
    assert.equal(await store.purge({ before: created, which: 'all' }), 0);
    assert.equal(await store.purge({ before: created + 1, which: 'all' }), 2);
    assert.deepEqual(await left(store), ['told', 'settled']);
    assert.equal(await store.purge({ before: later, which: 'all' }), 2);
    assert.deepEqual(await left(store), []);
  },

  'purge leaves what was over at the very time given': async (store) => {
    await toldAt(store, newTask(), now);
    for (const which of ['told', 'settled', 'all'] satisfies Purgeable[]) {
      assert.equal(await store.purge({ before: now, which }), 0);
    }
    assert.equal(await store.purge({ before: now + 1 }), 1);
  },

  'purge goes by when a result was told, not by when it came': async (store) => {
    await settled(store);
    await store.claim(wants());
    await store.consume(ref, { claimant: 'run-1', turn: 't', now: later, told: { outcome: done(1) } });
    for (const which of ['told', 'settled', 'all'] satisfies Purgeable[]) {
      assert.equal(await store.purge({ before: later, which }), 0);
    }
    assert.equal(await store.purge({ before: later + 1 }), 1);
  },

  'purge of a thread deletes of all its branches, and of no other thread or tenant': async (store) => {
    const scopes = [
      scope,
      { ...scope, branch: 'b' },
      { ...scope, branch: 'c' },
      { ...scope, thread: 'chat-2' },
      { thread: scope.thread },
    ];
    for (const [index, where] of scopes.entries()) await toldAt(store, newTask({ id: `t${index}`, scope: where }), now);
    assert.equal(await store.purge({ scope, before: later }), 3);
    assert.deepEqual(await left(store), []);
    for (const [index, where] of scopes.entries()) {
      assert.equal((await store.get({ scope: where, id: `t${index}` })) === undefined, index < 3);
    }
  },

  'purge of a branch deletes of that branch only': async (store) => {
    const branch = { ...scope, branch: 'b' };
    await toldAt(store, newTask({ id: 'trunk' }), now);
    await toldAt(store, newTask({ id: 'branch', scope: branch }), now);
    assert.equal(await store.purge({ scope: branch, before: later }), 1);
    assert.deepEqual(await left(store), ['trunk']);
  },

  'purge without a scope deletes of everybody': async (store) => {
    for (const tenant of ['a', 'b'])
      await toldAt(store, newTask({ id: tenant, scope: { tenant, thread: tenant } }), now);
    assert.equal(await store.purge({ before: later }), 2);
    assert.equal(await store.locate('a'), undefined);
  },

  'purge keeps to its limit, and takes those first that are over for longest': async (store) => {
    for (const [index, at] of [30, 10, 20, 40].entries()) {
      await toldAt(store, newTask({ id: `task_${index}` }), now + at);
    }
    assert.equal(await store.purge({ before: later, limit: 2 }), 2);
    assert.deepEqual(await left(store), ['task_0', 'task_3']);
    assert.equal(await store.purge({ before: later, limit: 0 }), 0);
    assert.equal(await store.purge({ before: later, limit: 9 }), 2);
  },

  'purge deletes hundreds at once, and passes over what stays': async (store) => {
    for (let index = 0; index < 400; index += 1) {
      const id = `task_${index}`;
      await store.create(newTask({ id }));
      await store.settle({ scope, id }, { settlement: done(1), now: now + index });
    }
    const wanted = Array.from({ length: 400 }, (_, index) => `task_${index}`).filter((_, index) => index % 4 > 0);
    await store.claim(wants({ wanted: wanted.map((id) => ({ id, delivery: { kind: 'replace', offset: 0 } })) }));
    await times(wanted.length, (index) =>
      store.consume(
        { scope, id: wanted[index] ?? '' },
        { claimant: 'run-1', turn: 't', now, told: { outcome: done(1) } },
      ),
    );
    assert.equal(await store.purge({ before: later }), 300);
    assert.equal((await left(store)).length, 100);
    assert.equal(await store.purge({ before: later, which: 'settled' }), 100);
  },

  'a purged task is unknown, whatever is asked of it': async (store) => {
    await toldAt(store, newTask(), now);
    await store.purge({ before: later });
    assert.equal(await store.get(ref), undefined);
    assert.equal(await store.locate('task_1'), undefined);
    assert.equal(await store.update(ref, { callId: 'c2' }), undefined);
    assert.equal(await store.finish(ref, done(1)), undefined);
    assert.deepEqual(await store.settle(ref, { settlement: done(1), now }), { verdict: 'unknown' });
    assert.deepEqual(await store.note(ref, kept(done(1))), { verdict: 'unknown' });
    assert.deepEqual(await store.claim(wants()), []);
    assert.deepEqual([await store.ready(), await store.list(scope)], [[], []]);
  },

  'id, handle and key of a purged task are free again': async (store) => {
    await toldAt(store, newTask(), now);
    assert.equal((await store.create(newTask({ id: 'task_2', handle: 'render_task_1' }))).result, 'handle_taken');
    await store.purge({ before: later });
    assert.deepEqual(await store.create(newTask()), {
      result: 'created',
      task: { ...newTask(), status: 'working', phase: 'dispatching' },
    });
    assert.equal((await store.settle(ref, { settlement: done(2), now })).verdict, 'accepted');
  },

  'purge of open tasks leaves no deadline and nobody to wake': async (store) => {
    await store.create(newTask({ deadlineAt: now }));
    await store.create(newTask({ id: 'task_2' }));
    await store.settle({ scope, id: 'task_2' }, { settlement: done(1), now });
    assert.equal(await store.purge({ before: later, which: 'all' }), 2);
    assert.deepEqual(
      [await store.nextDeadline(), await store.ready(), await store.countOpen(scope)],
      [undefined, [], 0],
    );
  },

  'twenty that purge at once delete each task once': async (store) => {
    for (let index = 0; index < 60; index += 1) await toldAt(store, newTask({ id: `task_${index}` }), now + index);
    const deleted = await times(20, () => store.purge({ before: later, limit: 10 }));
    assert.equal(deleted.reduce((one, other) => one + other, 0) + (await store.list(scope)).length, 60);
    await store.purge({ before: later });
    assert.deepEqual(await store.list(scope), []);
  },
};
