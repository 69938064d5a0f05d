import assert from 'node:assert/strict';
import type { TaskStore } from '@latecall/core';
import { behind, by, done, ids, inPlace, newTask, now, ref, scope, times, wants } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

const names = Array.from({ length: 50 }, (_, index) => `task_${index}`);
const inOrder = names.map((id) => ({ id, delivery: inPlace }));

async function settleAll(store: TaskStore): Promise<void> {
  await times(names.length, async (index) => {
    const id = names[index] ?? '';
    await store.create(newTask({ id }));
    await store.settle({ scope, id }, { settlement: done(1), now });
  });
}

/** Several tasks that are claimed at once: all that are free go to one claimant. */
export const batchCases: StoreCases = {
  'of two claimants of the same fifty tasks one gets them all, twenty times': async (store) => {
    await settleAll(store);
    for (let round = 0; round < 20; round += 1) {
      const rivals = [
        { claimant: `one-${round}`, wanted: inOrder },
        { claimant: `other-${round}`, wanted: inOrder.toReversed() },
      ];
      const claims = await Promise.all(rivals.map((rival) => store.claim(wants(rival))));
      assert.deepEqual(new Set(claims.map(({ length }) => length)), new Set([0, 50]));
      const winner = claims.findIndex(({ length }) => length > 0);
      const claimant = rivals[winner]?.claimant ?? '';
      assert.deepEqual(
        ids(claims[winner] ?? []),
        rivals[winner]?.wanted.map(({ id }) => id),
      );
      for (const { claim } of await store.list(scope)) assert.equal(claim?.claimant, claimant);
      await store.release({ scope, claimant, ids: names, sent: false });
    }
  },

  'twenty that take a batch over at once: one gets it all': async (store) => {
    await settleAll(store);
    await store.claim(wants({ wanted: inOrder }));
    const late = { now: now + 100, takeOverAfterMs: 100 };
    const claims = await times(20, (index) =>
      store.claim(
        wants({ ...late, claimant: `rival-${index}`, wanted: index % 2 > 0 ? inOrder.toReversed() : inOrder }),
      ),
    );
    assert.deepEqual(
      claims.filter(({ length }) => length > 0).map(({ length }) => length),
      [50],
    );
  },

  'a batch leaves out what is open, told, unknown or claimed by another, and keeps its order': async (store) => {
    await settleAll(store);
    await store.create(newTask({ id: 'open' }));
    await store.claim(wants({ claimant: 'other', wanted: [{ id: 'task_3', delivery: inPlace }] }));
    await store.claim(wants({ wanted: [{ id: 'task_4', delivery: inPlace }] }));
    await store.consume({ ...ref, id: 'task_4' }, by('run-1'));
    const wanted = ['open', 'task_9', 'nobody', 'task_3', 'task_1', 'task_4', 'task_7'];
    const claimed = await store.claim(wants({ wanted: wanted.map((id) => ({ id, delivery: inPlace })) }));
    assert.deepEqual(ids(claimed), ['task_9', 'task_1', 'task_7']);
  },

  'each task of a batch has its own delivery, and those that were fixed stay': async (store) => {
    await settleAll(store);
    await store.claim(wants({ wanted: [{ id: 'task_1', delivery: inPlace }] }));
    await store.release({ scope, claimant: 'run-1', ids: ['task_1'], sent: true });
    const far = { kind: 'envelope', offset: 7 } as const;
    const claimed = await store.claim(
      wants({
        claimant: 'run-2',
        wanted: [
          { id: 'task_2', delivery: behind },
          { id: 'task_1', delivery: behind },
          { id: 'task_0', delivery: far },
        ],
      }),
    );
    assert.deepEqual(
      claimed.map(({ id, delivery, claim }) => [id, delivery, claim?.fixedDelivery]),
      [
        ['task_2', behind, true],
        ['task_1', inPlace, false],
        ['task_0', far, true],
      ],
    );
  },

  'a batch of nothing is nothing': async (store) => {
    await settleAll(store);
    assert.deepEqual(await store.claim(wants({ wanted: [] })), []);
  },

  'batches that overlap are claimed by one each, and none is left': async (store) => {
    await settleAll(store);
    const claims = await times(10, (index) =>
      store.claim(wants({ claimant: `run-${index}`, wanted: [...inOrder.slice(index * 5), ...inOrder.slice(0, 25)] })),
    );
    const claimed = claims.flatMap((tasks, index) => tasks.map(({ id }) => [id, `run-${index}`] as const));
    const owner = new Map((await store.list(scope)).map(({ id, claim }) => [id, claim?.claimant]));
    assert.deepEqual(new Map(claimed), owner);
  },
};
