import assert from 'node:assert/strict';
import { noteLimits } from '@latecall/core';
import { by, done, news, newTask, now, question, ref, scope, settled, wants } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** What the outside reports of its work, beside its outcome. */
export const noteCases: StoreCases = {
  'note of progress replaces the one before, and gives the task as it is stored': async (store) => {
    await store.create(newTask());
    await store.note(ref, news({ progress: { message: 'begun', fraction: 0.1 } }));
    const { verdict, task } = await store.note(ref, news({ progress: { fraction: 0.2 } }));
    assert.equal(verdict, 'accepted');
    assert.deepEqual(task, {
      ...newTask(),
      status: 'working',
      phase: 'dispatching',
      progress: { fraction: 0.2 },
      newsCount: 2,
    });
    assert.deepEqual(await store.get(ref), task);
  },

  'note adds to the log, oldest first, and leaves the progress': async (store) => {
    await store.create(newTask());
    await store.note(ref, news({ progress: { fraction: 0.2 } }));
    await store.note(ref, news({ log: { message: 'begun', at: now } }));
    const slow = { message: 'slow\n"', level: 'warning', at: now + 1 } as const;
    const { task } = await store.note(ref, news({ log: slow }));
    assert.deepEqual(task?.log, [{ message: 'begun', at: now }, slow]);
    assert.deepEqual(task.progress, { fraction: 0.2 });
  },

  'the log keeps the last entries only': async (store) => {
    await store.create(newTask());
    for (let at = 0; at < noteLimits.log + 3; at += 1) await store.note(ref, news({ log: { message: `${at}`, at } }));
    const times = (await store.get(ref))?.log?.map(({ at }) => at);
    assert.deepEqual([times?.length, times?.[0], times?.at(-1)], [noteLimits.log, 3, noteLimits.log + 2]);
  },

  'news that later ones have overtaken, or that come again, are duplicates and change nothing': async (store) => {
    await store.create(newTask());
    await store.note(ref, news({ sequence: 0, progress: { fraction: 0 } }));
    await store.note(ref, news({ sequence: 5, progress: { fraction: 0.5 } }));
    for (const sequence of [5, 4, 0]) {
      const { verdict, task } = await store.note(ref, news({ sequence, progress: { fraction: 0.1 } }));
      assert.equal(verdict, 'duplicate');
      assert.deepEqual(task, await store.get(ref));
    }
    const task = await store.get(ref);
    assert.deepEqual([task?.progress, task?.newsSequence, task?.newsCount], [{ fraction: 0.5 }, 5, 2]);
  },

  'news without a number are taken in between': async (store) => {
    await store.create(newTask());
    await store.note(ref, news({ sequence: 5, progress: { fraction: 0.5 } }));
    assert.equal((await store.note(ref, news({ progress: { fraction: 0.6 } }))).verdict, 'accepted');
    assert.equal((await store.note(ref, news({ sequence: 6 }))).verdict, 'accepted');
    assert.equal((await store.get(ref))?.newsCount, 3);
  },

  'a task takes so many news and no more, and its outcome all the same': async (store) => {
    await store.create(newTask());
    for (let fraction = 0; fraction < noteLimits.news; fraction += 1) {
      assert.equal((await store.note(ref, news({ progress: { fraction } }))).verdict, 'accepted');
    }
    const { verdict, task } = await store.note(ref, news({ progress: { fraction: 0 } }));
    assert.equal(verdict, 'full');
    assert.deepEqual(task?.progress, { fraction: noteLimits.news - 1 });
    assert.equal((await store.note(ref, question('a'))).verdict, 'full');
    assert.equal((await store.settle(ref, { settlement: done(1), now })).verdict, 'accepted');
  },

  'news for a task that has its outcome are a conflict and change nothing': async (store) => {
    await store.create(newTask());
    await store.note(ref, news({ progress: { fraction: 0.5 } }));
    await store.settle(ref, { settlement: done(1), now });
    const before = await store.get(ref);
    const { verdict, task } = await store.note(ref, news({ progress: { fraction: 0.6 } }));
    assert.equal(verdict, 'conflict');
    assert.deepEqual(task, before);
    assert.deepEqual(await store.get(ref), before);
  },

  'news for a task whose outcome is held are a conflict': async (store) => {
    for (const hold of ['authorizing', 'settling'] as const) {
      await store.create(newTask({ id: hold }));
      await store.settle({ scope, id: hold }, { settlement: done(1), now, hold });
      assert.equal((await store.note({ scope, id: hold }, question('a'))).verdict, 'conflict');
      assert.equal((await store.get({ scope, id: hold }))?.phase, hold);
    }
  },

  'news leave a task that is being dispatched in its phase': async (store) => {
    await store.create(newTask());
    assert.equal((await store.note(ref, question('a'))).task?.phase, 'dispatching');
    const task = await store.update(ref, { dispatched: { dispatchResult: 1, at: now } });
    assert.deepEqual([task?.phase, task?.status], [undefined, 'input_required']);
  },

  'what was noted stays through the outcome, the claim and the consumption': async (store) => {
    await store.create(newTask());
    await store.note(ref, news({ progress: { fraction: 0.5 }, log: { message: 'half', at: now } }));
    await store.settle(ref, { settlement: done(1), now });
    await store.claim(wants());
    await store.consume(ref, by('run-1'));
    const task = await store.get(ref);
    assert.deepEqual([task?.progress, task?.log?.length, task?.newsCount], [{ fraction: 0.5 }, 1, 1]);
  },

  'a cancellation that the outside was told of is noted, on a task that is over too': async (store) => {
    await settled(store, { status: 'cancelled' });
    const { verdict, task } = await store.note(ref, { type: 'cancel-told', at: now + 1 });
    assert.equal(verdict, 'accepted');
    assert.equal(task?.cancelToldAt, now + 1);
    assert.deepEqual(await store.get(ref), task);
    assert.equal(task.status, 'cancelled');
  },

  'note knows nothing of an id that was never created, or of another scope': async (store) => {
    assert.deepEqual(await store.note(ref, news()), { verdict: 'unknown' });
    await store.create(newTask());
    assert.deepEqual(await store.note({ scope: { thread: 'x' }, id: 'task_1' }, news()), { verdict: 'unknown' });
    assert.equal((await store.get(ref))?.newsCount, undefined);
  },
};
