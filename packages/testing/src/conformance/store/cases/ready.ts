import assert from 'node:assert/strict';
import type { NewTask, Scope, SettleAttempt, TaskStore } from '@latecall/core';
import {
  by,
  created,
  done,
  failure,
  newTask,
  now,
  question,
  ref,
  scope,
  settled,
  times,
  wants,
} from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

const elsewhere: Scope = { thread: 'chat-2' };
const dispatched = { dispatchResult: 1, dispatchedAt: created };

/** Makes a task in a scope, and settles it. */
async function settledIn(store: TaskStore, over: Partial<NewTask>, attempt: Partial<SettleAttempt> = {}) {
  const task = newTask({ ...dispatched, ...over });
  await store.create(task);
  await store.settle(task, { settlement: done(1), now, ...attempt });
}

/** Which conversations wait for a run, and when the next deadline is due. */
export const readyCases: StoreCases = {
  'ready is empty without tasks, and while all of them are open': async (store) => {
    assert.deepEqual(await store.ready(), []);
    await store.create(newTask());
    await store.create(newTask({ id: 'task_2', ...dispatched }));
    await store.note({ scope, id: 'task_2' }, question('a'));
    assert.deepEqual(await store.ready(), []);
  },

  'ready gives a conversation once, however many of its outcomes nobody was told': async (store) => {
    await settledIn(store, {});
    await settledIn(store, { id: 'task_2' }, { settlement: failure('broken') });
    await settledIn(store, { id: 'task_3' }, { settlement: { status: 'cancelled' } });
    assert.deepEqual(await store.ready(), [scope]);
  },

  'ready gives the conversation first that waits longest, not the one with the oldest task': async (store) => {
    const scopes = [{ thread: 'a' }, { tenant: 'acme', thread: 'b' }, { thread: 'a', branch: 'c' }];
    await times(3, (index) =>
      store.create(newTask({ ...dispatched, id: `task_${index}`, scope: scopes[index] ?? scope })),
    );
    for (const [index, at] of [30, 10, 20].entries()) {
      const where = { scope: scopes[index] ?? scope, id: `task_${index}` };
      await store.settle(where, { settlement: done(1), now: now + at });
    }
    await settledIn(store, { id: 'task_9', scope: scopes[1] ?? scope }, { now: now + 99 });
    assert.deepEqual(await store.ready(), [scopes[1], scopes[2], scopes[0]]);
  },

  'ready keeps to its limit': async (store) => {
    await times(5, (index) =>
      settledIn(store, { id: `task_${index}`, scope: { thread: `${index}` } }, { now: now + index }),
    );
    assert.deepEqual(await store.ready({ limit: 2 }), [{ thread: '0' }, { thread: '1' }]);
    assert.deepEqual(await store.ready({ limit: 0 }), []);
    assert.equal((await store.ready({})).length, 5);
  },

  'ready leaves out what a model was told, and no other conversation': async (store) => {
    await settled(store);
    await settledIn(store, { id: 'task_2', scope: elsewhere });
    await store.claim(wants());
    await store.consume(ref, by('run-1'));
    assert.deepEqual(await store.ready(), [elsewhere]);
  },

  'ready counts an outcome that is claimed, for its claimant may have died': async (store) => {
    await settled(store);
    await store.claim(wants());
    assert.deepEqual(await store.ready(), [scope]);
  },

  'ready leaves out silent outcomes, whoever said so': async (store) => {
    await settledIn(store, { scheduling: 'silent' });
    await settledIn(store, { id: 'task_2' }, { scheduling: 'silent' });
    assert.deepEqual(await store.ready(), []);
    await settledIn(store, { id: 'task_3', scheduling: 'silent' }, { scheduling: 'interrupt' });
    assert.deepEqual(await store.ready(), [scope]);
  },

  'ready leaves out a task in phase settling until it is finished': async (store) => {
    await settledIn(store, {}, { hold: 'settling' });
    assert.deepEqual(await store.ready(), []);
    await store.finish(ref, done(2));
    assert.deepEqual(await store.ready(), [scope]);
  },

  'ready counts a task in phase authorizing at once, and once it is finished': async (store) => {
    await settledIn(store, {}, { hold: 'authorizing' });
    assert.deepEqual(await store.ready(), [scope]);
    assert.deepEqual(await store.ready({ settlingSince: now - 1 }), [scope]);
    await store.finish(ref, done(2));
    assert.deepEqual(await store.ready(), [scope]);
  },

  'ready leaves out a silent task in phase authorizing': async (store) => {
    await settledIn(store, { scheduling: 'silent' }, { hold: 'authorizing' });
    assert.deepEqual(await store.ready(), []);
  },

  'ready counts tasks that have been settling since the time given, or longer': async (store) => {
    await settledIn(store, {}, { hold: 'settling' });
    assert.deepEqual(await store.ready({ settlingSince: now - 1 }), []);
    assert.deepEqual(await store.ready({ settlingSince: now }), [scope]);
  },

  'ready leaves out a task that was never dispatched: its history tells so': async (store) => {
    const codes = [
      'dispatch_failed',
      'dispatch_timeout',
      'dispatch_interrupted',
      'invalid_dispatch_result',
      'too_many_pending',
    ];
    for (const code of codes) {
      await store.create(newTask({ id: code }));
      await store.settle({ scope, id: code }, { settlement: failure(code), now });
    }
    assert.deepEqual(await store.ready(), []);
  },

  'ready counts other outcomes of a task without a receipt': async (store) => {
    const outcomes = [
      done({ status: 'failed', code: 'dispatch_failed' }),
      failure('broken', 'It says "code":"dispatch_failed".'),
      { status: 'cancelled' },
    ] as const;
    for (const [index, settlement] of outcomes.entries()) {
      await store.create(newTask({ id: `task_${index}`, scope: { thread: `${index}` } }));
      await store.settle({ scope: { thread: `${index}` }, id: `task_${index}` }, { settlement, now: now + index });
    }
    assert.deepEqual(await store.ready(), [{ thread: '0' }, { thread: '1' }, { thread: '2' }]);
  },

  'ready counts a dispatched task whose failure has the code of a failed dispatch': async (store) => {
    await settledIn(store, {}, { settlement: failure('dispatch_failed') });
    assert.deepEqual(await store.ready(), [scope]);
  },

  'ready counts an expired task, also one that was being dispatched': async (store) => {
    await store.create(newTask({ deadlineAt: now }));
    await store.expireDue({ now });
    assert.deepEqual(await store.ready(), [scope]);
  },

  'nextDeadline is undefined without an open task that has one': async (store) => {
    assert.equal(await store.nextDeadline(), undefined);
    await store.create(newTask());
    await store.create(newTask({ id: 'task_2', deadlineAt: now + 1 }));
    await store.settle({ scope, id: 'task_2' }, { settlement: done(1), now });
    await store.create(newTask({ id: 'task_3', deadlineAt: now + 1 }));
    await store.settle({ scope, id: 'task_3' }, { settlement: done(1), now, hold: 'settling' });
    assert.equal(await store.nextDeadline(), undefined);
  },

  'nextDeadline is the earliest of all conversations, passed or not': async (store) => {
    await store.create(newTask({ deadlineAt: now + 9 }));
    await store.create(newTask({ id: 'task_2', scope: elsewhere, deadlineAt: now + 5 }));
    assert.equal(await store.nextDeadline(), now + 5);
    await store.create(newTask({ id: 'task_3', deadlineAt: 1 }));
    assert.equal(await store.nextDeadline(), 1);
    await store.expireDue({ now: now + 5 });
    assert.equal(await store.nextDeadline(), now + 9);
  },

  'nextDeadline counts a task that waits for input, and one that is being dispatched': async (store) => {
    await store.create(newTask({ deadlineAt: now }));
    assert.equal(await store.nextDeadline(), now);
    await store.update(ref, { dispatched: { dispatchResult: 1, at: created } });
    await store.note(ref, question('a'));
    assert.equal(await store.nextDeadline(), now);
  },
};
