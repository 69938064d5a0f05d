import assert from 'node:assert/strict';
import { by, now, ref, scope, settled, told, wants } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** A result is told once. */
export const consumeCases: StoreCases = {
  'consume stores what was told, where and when': async (store) => {
    await settled(store);
    await store.claim(wants());
    assert.equal(await store.consume(ref, { ...by('run-1'), told: { ...told, stale: true } }), true);
    assert.deepEqual((await store.get(ref))?.consumption, { ...told, stale: true, turn: 'turn of run-1', at: now });
  },

  'consume is refused without a claim': async (store) => {
    await settled(store);
    assert.equal(await store.consume(ref, by('run-1')), false);
    assert.equal((await store.get(ref))?.consumption, undefined);
  },

  'consume is refused to another than the claimant': async (store) => {
    await settled(store);
    await store.claim(wants());
    assert.equal(await store.consume(ref, by('run-2')), false);
  },

  'consume is refused after the claim was given back': async (store) => {
    await settled(store);
    await store.claim(wants());
    await store.release({ scope, claimant: 'run-1', ids: ['task_1'], sent: true });
    assert.equal(await store.consume(ref, by('run-1')), false);
  },

  'consume is refused to the one whose claim was taken over': async (store) => {
    await settled(store);
    await store.claim(wants());
    await store.claim(wants({ claimant: 'run-2', now: now + 9, takeOverAfterMs: 1 }));
    assert.equal(await store.consume(ref, by('run-1')), false);
    assert.equal(await store.consume(ref, by('run-2')), true);
  },
};
