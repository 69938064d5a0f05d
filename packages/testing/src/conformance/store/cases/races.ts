import assert from 'node:assert/strict';
import { by, done, ids, inPlace, newTask, now, ref, scope, settled, times, wants } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** Many at once: one of them decides, and nothing is lost. */
export const raceCases: StoreCases = {
  'create makes one task of fifty at once with one key': async (store) => {
    const outcomes = await times(50, (index) =>
      store.create(newTask({ id: `task_${index}`, idempotencyKey: 'one key' })),
    );
    const winners = outcomes.filter(({ result }) => result === 'created');
    assert.equal(winners.length, 1);
    assert.equal(new Set(outcomes.map((outcome) => 'task' in outcome && outcome.task.id)).size, 1);
    assert.equal((await store.list(scope)).length, 1);
  },

  'create gives one of fifty at once a handle': async (store) => {
    const outcomes = await times(50, (index) => store.create(newTask({ id: `task_${index}`, handle: 'render_k3f9' })));
    assert.equal(outcomes.filter(({ result }) => result === 'created').length, 1);
    assert.equal(outcomes.filter(({ result }) => result === 'handle_taken').length, 49);
  },

  'of many dispatch results at once one stays, with its time': async (store) => {
    await store.create(newTask());
    await times(20, (index) => store.update(ref, { dispatched: { dispatchResult: index, at: now + index } }));
    const task = await store.get(ref);
    assert.equal(task?.dispatchedAt, now + Number(task?.dispatchResult));
  },

  'update loses none of twenty call ids that come at once': async (store) => {
    await store.create(newTask());
    await times(20, (index) => store.update(ref, { callId: `re-run ${index}` }));
    assert.equal((await store.get(ref))?.callIds.length, 21);
  },

  'of a hundred outcomes at once one wins, and its value is stored': async (store) => {
    await store.create(newTask());
    const attempts = await times(100, (index) => store.settle(ref, { settlement: done(index), now }));
    const winners = attempts.flatMap(({ verdict }, index) => (verdict === 'accepted' ? [index] : []));
    assert.equal(winners.length, 1);
    assert.deepEqual((await store.get(ref))?.settlement, done(winners[0] ?? -1));
    assert.equal(attempts.filter(({ verdict }) => verdict === 'conflict').length, 99);
  },

  'of a hundred equal outcomes at once one is accepted and the rest are duplicates': async (store) => {
    await store.create(newTask());
    const attempts = await times(100, () => store.settle(ref, { settlement: done('same'), now }));
    assert.equal(attempts.filter(({ verdict }) => verdict === 'accepted').length, 1);
    assert.equal(attempts.filter(({ verdict }) => verdict === 'duplicate').length, 99);
  },

  'the first finish stays, and all are given what it stored': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: 'settling' });
    const finished = await times(20, (index) => store.finish(ref, done(index)));
    const values = new Set(finished.map((task) => JSON.stringify(task?.finalSettlement)));
    assert.equal(values.size, 1);
    assert.deepEqual((await store.get(ref))?.finalSettlement, finished[0]?.finalSettlement);
  },

  'twenty sweepers at once are given each task once': async (store) => {
    await times(10, (index) => store.create(newTask({ id: `task_${index}`, deadlineAt: now })));
    const swept = (await times(20, () => store.expireDue({ now }))).flat();
    assert.equal(swept.length, 10);
    assert.equal(new Set(ids(swept)).size, 10);
  },

  'a result and the sweep at once leave one outcome': async (store) => {
    await store.create(newTask({ deadlineAt: now + 1 }));
    const [attempt, swept] = await Promise.all([
      store.settle(ref, { settlement: done(1), now }),
      store.expireDue({ now: now + 1 }),
    ]);
    assert.equal(attempt.verdict === 'accepted', swept.length === 0);
  },

  'of twenty claimants at once one gets the task': async (store) => {
    await settled(store);
    const claims = await times(20, (index) => store.claim(wants({ claimant: `run-${index}` })));
    assert.equal(claims.flat().length, 1);
  },

  'of twenty that take over at once one gets the task': async (store) => {
    await settled(store);
    await store.claim(wants());
    const late = { now: now + 100, takeOverAfterMs: 100 };
    const claims = await times(20, (index) => store.claim(wants({ ...late, claimant: `rival-${index}` })));
    assert.equal(claims.flat().length, 1);
  },

  'consume happens once': async (store) => {
    await settled(store);
    await store.claim(wants());
    const attempts = await times(20, () => store.consume(ref, by('run-1')));
    assert.equal(attempts.filter(Boolean).length, 1);
  },

  'create makes one task of fifty at once with one id': async (store) => {
    const outcomes = await times(50, (index) =>
      store.create(newTask({ arguments: index, handle: `render_${index}`, idempotencyKey: `key_${index}` })),
    );
    const winners = outcomes.flatMap(({ result }, index) => (result === 'created' ? [index] : []));
    assert.equal(winners.length, 1);
    assert.equal((await store.get(ref))?.arguments, winners[0]);
  },

  'fifty tasks that are created at once are all there': async (store) => {
    const outcomes = await times(50, (index) => store.create(newTask({ id: `task_${index}` })));
    assert.ok(outcomes.every(({ result }) => result === 'created'));
    assert.equal(new Set(ids(await store.list(scope))).size, 50);
  },

  'update loses none of twenty token hashes that come at once': async (store) => {
    await store.create(newTask());
    await times(20, (index) => store.update(ref, { tokenHash: `hash ${index}` }));
    assert.equal(new Set((await store.get(ref))?.tokenHashes).size, 20);
  },

  'a dispatch result, a call id and the outcome at once are all kept': async (store) => {
    await store.create(newTask());
    const [, , attempt] = await Promise.all([
      store.update(ref, { dispatched: { dispatchResult: 'job', at: now } }),
      store.update(ref, { callId: 'c2' }),
      store.settle(ref, { settlement: done(1), now }),
      store.update(ref, { placeholderSentAt: now }),
    ]);
    assert.equal(attempt.verdict, 'accepted');
    const task = await store.get(ref);
    assert.deepEqual(
      [task?.status, task?.phase, task?.dispatchResult, task?.callIds, task?.placeholderSentAt],
      ['completed', undefined, 'job', ['c1', 'c2'], now],
    );
  },

  'a cancellation and a result at once leave one outcome, and the other is told': async (store) => {
    await store.create(newTask());
    const [result, cancellation] = await Promise.all([
      store.settle(ref, { settlement: done(1), now }),
      store.settle(ref, { settlement: { status: 'cancelled' }, now }),
    ]);
    const status = (await store.get(ref))?.status;
    const expected = status === 'completed' ? ['accepted', 'conflict'] : ['cancelled', 'accepted'];
    assert.deepEqual([result.verdict, cancellation.verdict], expected);
  },

  'of fifty that settle at once before the task is there none is accepted and lost': async (store) => {
    const [attempts] = await Promise.all([
      times(50, (index) => store.settle(ref, { settlement: done(index), now })),
      store.create(newTask()),
    ]);
    const winners = attempts.flatMap(({ verdict }, index) => (verdict === 'accepted' ? [done(index)] : []));
    assert.ok(winners.length <= 1);
    assert.deepEqual((await store.get(ref))?.settlement, winners[0]);
  },

  'twenty claimants and forty results: each is claimed once': async (store) => {
    const wanted = Array.from({ length: 40 }, (_, index) => ({ id: `task_${index}`, delivery: inPlace }));
    for (const { id } of wanted) {
      await store.create(newTask({ id }));
      await store.settle({ scope, id }, { settlement: done(1), now });
    }
    const claims = await times(20, (index) => store.claim(wants({ claimant: `run-${index}`, wanted })));
    assert.equal(claims.flat().length, 40);
    assert.equal(new Set(ids(claims.flat())).size, 40);
    for (const [index, claimed] of claims.entries()) {
      for (const { claim } of claimed) assert.equal(claim?.claimant, `run-${index}`);
    }
  },

  'sweepers with a limit at once are given each task once, and leave none': async (store) => {
    await times(30, (index) => store.create(newTask({ id: `task_${index}`, deadlineAt: now })));
    const swept = (await times(10, () => store.expireDue({ now, limit: 3 }))).flat();
    assert.equal(swept.length, 30);
    assert.equal(new Set(ids(swept)).size, 30);
  },

  'a take-over and the consumption at once leave one that told it': async (store) => {
    await settled(store);
    await store.claim(wants());
    const [taken, consumed] = await Promise.all([
      store.claim(wants({ claimant: 'run-2', now: now + 9, takeOverAfterMs: 1 })),
      store.consume(ref, by('run-1')),
    ]);
    assert.equal(consumed, taken.length === 0);
  },
};
