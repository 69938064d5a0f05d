import assert from 'node:assert/strict';
import { answer, behind, by, done, ids, kept, news, newTask, now, ref, scope, told, wants } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** What is read back is what was written. */
export const getCases: StoreCases = {
  'get knows nothing of an id that was never created': async (store) => {
    assert.equal(await store.get(ref), undefined);
  },

  'get gives every field of the task back': async (store) => {
    const task = newTask({
      deadlineAt: now,
      snapshot: { commit: 'abc' },
      tokenHashes: ['hash'],
      callIds: ['c1', 'c2'],
      arguments: { list: [1, null, false, '', { deep: 'ö' }] },
    });
    await store.create(task);
    assert.deepEqual(await store.get(ref), { ...task, status: 'working', phase: 'dispatching' });
  },

  'a task survives a JSON round trip at every stage': async (store) => {
    await store.create(newTask({ snapshot: { commit: 'abc' } }));
    const survives = async () => {
      const task = await store.get(ref);
      assert.deepEqual(JSON.parse(JSON.stringify(task)), task);
    };
    await survives();
    await store.update(ref, { dispatched: { dispatchResult: null, at: now }, placeholderSentAt: now });
    await survives();
    await store.settle(ref, { settlement: done(null), now });
    await survives();
    await store.claim(wants());
    await survives();
    await store.consume(ref, by('run-1'));
    await survives();
  },

  'locate tells the scope of a task by its id alone': async (store) => {
    await store.create(newTask());
    assert.deepEqual(await store.locate('task_1'), scope);
    assert.equal(await store.locate('task_2'), undefined);
  },

  'get knows nothing of an id that was cut short': async (store) => {
    await store.create(newTask());
    assert.equal(await store.get({ scope, id: 'task_' }), undefined);
    assert.equal((await store.settle({ scope, id: 'task_' }, { settlement: done(1), now })).verdict, 'unknown');
    assert.deepEqual(ids(await store.list(scope)), ['task_1']);
  },

  'get gives every field of a whole life back': async (store) => {
    const task = newTask({
      deadlineAt: now + 9,
      snapshot: { commit: 'abc' },
      scheduling: 'silent',
      lateResult: 'accept',
      sequelOf: 'task_0',
      dependsOn: ['task_a', 'task_b'],
      permissions: { render: ['admin'] },
      tokenHashes: ['h1'],
    });
    await store.create(task);
    const dispatched = { dispatchResult: { job: 1 }, at: now };
    const progress = { message: 'half', fraction: 0.5 };
    const log = { message: 'slow', level: 'warning', at: now } as const;
    const schema = { type: 'string' };
    await store.update(ref, { dispatched, callId: 'c2', tokenHash: 'h2', placeholderSentAt: now + 1 });
    await store.note(ref, news({ sequence: 7, progress, log, inputRequest: { key: 'a', message: 'Which?', schema } }));
    await store.note(ref, answer('a', 'This.'));
    await store.note(ref, kept(done('late')));
    await store.note(ref, { type: 'cancel-told', at: now + 1 });
    await store.settle(ref, { settlement: done(1), now: now + 2, hold: 'settling', scheduling: 'interrupt' });
    await store.finish(ref, done({ made: 'of it' }));
    await store.claim(wants({ now: now + 3, wanted: [{ id: 'task_1', delivery: behind }] }));
    await store.consume(ref, { ...by('run-1'), now: now + 4 });
    assert.deepEqual(await store.get(ref), {
      ...task,
      status: 'completed',
      scheduling: 'interrupt',
      callIds: ['c1', 'c2'],
      tokenHashes: ['h1', 'h2'],
      dispatchResult: { job: 1 },
      dispatchedAt: now,
      progress,
      log: [log],
      newsCount: 1,
      newsSequence: 7,
      inputs: [{ key: 'a', message: 'Which?', schema, askedAt: now, answer: 'This.', closedAt: now }],
      quarantine: [{ at: now, reason: 'late', outcome: done('late') }],
      cancelToldAt: now + 1,
      placeholderSentAt: now + 1,
      settlement: done(1),
      settledAt: now + 2,
      finalSettlement: done({ made: 'of it' }),
      claim: { claimant: 'run-1', at: now + 3, fixedDelivery: true },
      delivery: behind,
      consumption: { ...told, turn: 'turn of run-1', at: now + 4 },
    });
  },
};
