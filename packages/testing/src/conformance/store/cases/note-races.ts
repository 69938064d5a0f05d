import assert from 'node:assert/strict';
import { noteLimits } from '@latecall/core';
import { answer, done, kept, news, newTask, now, question, ref, scope, times } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** Many that write to one task at once. */
export const noteRaceCases: StoreCases = {
  'of twenty notes of different kinds at once none is lost': async (store) => {
    await store.create(newTask());
    await store.note(ref, question('asked'));
    const notes = await times(20, (index) =>
      store.note(
        ref,
        [
          news({ log: { message: `${index}`, at: now } }),
          question(`q${index}`),
          kept(done(index)),
          index === 3 ? answer('asked', 1) : news({ progress: { fraction: 0.5 } }),
        ][index % 4] ?? news(),
      ),
    );
    assert.ok(notes.every(({ verdict }) => verdict === 'accepted'));
    const task = await store.get(ref);
    assert.deepEqual(
      [task?.log?.length, task?.inputs?.length, task?.quarantine?.length, task?.newsCount, task?.progress],
      [5, 6, 5, 15, { fraction: 0.5 }],
    );
    assert.equal(task?.inputs?.find(({ key }) => key === 'asked')?.answer, 1);
  },

  'of twenty answers at once to one question one is accepted': async (store) => {
    await store.create(newTask());
    await store.note(ref, question('a'));
    const answers = await times(20, (index) => store.note(ref, answer('a', index)));
    const winners = answers.flatMap(({ verdict }, index) => (verdict === 'accepted' ? [index] : []));
    assert.equal(winners.length, 1);
    assert.equal((await store.get(ref))?.inputs?.[0]?.answer, winners[0]);
    assert.equal(answers.filter(({ verdict }) => verdict === 'conflict').length, 19);
  },

  'of twenty equal questions at once one is asked': async (store) => {
    await store.create(newTask());
    const asked = await times(20, () => store.note(ref, question('a')));
    assert.equal(asked.filter(({ verdict }) => verdict === 'accepted').length, 1);
    assert.equal(asked.filter(({ verdict }) => verdict === 'duplicate').length, 19);
    assert.equal((await store.get(ref))?.inputs?.length, 1);
  },

  'of numbered news at once the last one stays': async (store) => {
    await store.create(newTask());
    const sent = await times(20, (sequence) => store.note(ref, news({ sequence, progress: { fraction: sequence } })));
    const task = await store.get(ref);
    assert.deepEqual([task?.newsSequence, task?.progress], [19, { fraction: 19 }]);
    assert.equal(task?.newsCount, sent.filter(({ verdict }) => verdict === 'accepted').length);
  },

  'of results for the quarantine at once so many are kept as fit': async (store) => {
    await store.create(newTask());
    const notes = await times(20, (index) => store.note(ref, kept(done(index))));
    assert.equal(notes.filter(({ verdict }) => verdict === 'accepted').length, noteLimits.quarantine);
    assert.equal((await store.get(ref))?.quarantine?.length, noteLimits.quarantine);
  },

  'a question and the outcome at once never reopen the task, and the question is told': async (store) => {
    for (let round = 0; round < 10; round += 1) {
      const where = { scope, id: `task_${round}` };
      await store.create(newTask({ ...where, dispatchResult: 1, dispatchedAt: now }));
      const [asked, attempt] = await Promise.all([
        store.note(where, question('a')),
        store.settle(where, { settlement: done(1), now }),
      ]);
      const task = await store.get(where);
      assert.deepEqual([attempt.verdict, task?.status], ['accepted', 'completed']);
      assert.equal(task?.inputs?.length ?? 0, asked.verdict === 'accepted' ? 1 : 0);
      assert.ok(['accepted', 'conflict'].includes(asked.verdict));
    }
  },

  'notes, a receipt, call ids and the outcome at once are all kept': async (store) => {
    await store.create(newTask());
    const [, , , attempt] = await Promise.all([
      store.note(ref, kept(done('early'))),
      store.update(ref, { dispatched: { dispatchResult: 'job', at: now } }),
      store.note(ref, kept(done('other'))),
      store.settle(ref, { settlement: done(1), now }),
      store.update(ref, { callId: 'c2' }),
      store.note(ref, { type: 'cancel-told', at: now }),
    ]);
    assert.equal(attempt.verdict, 'accepted');
    const task = await store.get(ref);
    assert.deepEqual(
      [task?.status, task?.phase, task?.dispatchResult, task?.callIds, task?.quarantine?.length, task?.cancelToldAt],
      ['completed', undefined, 'job', ['c1', 'c2'], 2, now],
    );
  },

  'a purge and notes at once: each note is stored before it, or told that the task is unknown': async (store) => {
    await store.create(newTask());
    const [notes, deleted] = await Promise.all([
      times(10, (index) => store.note(ref, news({ progress: { fraction: index } }))),
      store.purge({ before: now, which: 'all' }),
    ]);
    assert.equal(deleted, 1);
    assert.ok(notes.every(({ verdict }) => verdict === 'accepted' || verdict === 'unknown'));
    assert.equal(await store.get(ref), undefined);
  },
};
