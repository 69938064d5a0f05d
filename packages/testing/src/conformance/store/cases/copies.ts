import assert from 'node:assert/strict';
import { done, news, newTask, now, ref, scope, wants } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** Records are the own copies of whoever holds them. */
export const copyCases: StoreCases = {
  'what a store returns is the own copy of its caller': async (store) => {
    const spoil = (task: { callIds: readonly string[] } | undefined) => {
      assert.ok(task);
      (task.callIds as string[]).push('spoilt'); // what a careless caller might do
    };
    const outcome = await store.create(newTask({ callIds: ['c1'] }));
    if ('task' in outcome) spoil(outcome.task);
    spoil(await store.get(ref));
    spoil((await store.list(scope))[0]);
    spoil(await store.update(ref, { placeholderSentAt: now }));
    spoil((await store.note(ref, news({ log: { message: 'begun', at: now } }))).task);
    spoil((await store.settle(ref, { settlement: done(1), now, hold: 'settling' })).task);
    spoil((await store.settle(ref, { settlement: done(1), now })).task);
    spoil(await store.finish(ref, done(1)));
    spoil((await store.claim(wants()))[0]);
    const where = await store.locate('task_1');
    (where as { thread: string }).thread = 'spoilt';
    assert.deepEqual((await store.get(ref))?.callIds, ['c1']);
    assert.deepEqual((await store.get(ref))?.scope, scope);
  },

  'a store keeps nothing of what it was given': async (store) => {
    const callIds = ['c1'];
    const result = { url: 'u' };
    await store.create(newTask({ callIds }));
    await store.settle(ref, { settlement: done(result), now });
    callIds.push('spoilt');
    result.url = 'spoilt';
    const task = await store.get(ref);
    assert.deepEqual(task?.callIds, ['c1']);
    assert.deepEqual(task?.settlement, done({ url: 'u' }));
  },

  'a hint is no door to the task': async (store) => {
    await store.create(newTask());
    const heard = new Promise<void>((resolve) => {
      store.subscribe(({ scope: where }) => {
        (where as { thread: string }).thread = 'spoilt';
        resolve();
      });
    });
    await store.settle(ref, { settlement: done(1), now });
    await heard;
    assert.deepEqual((await store.get(ref))?.scope, scope);
    assert.equal(ref.scope.thread, 'chat-1');
  },
};
