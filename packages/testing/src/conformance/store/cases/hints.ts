import assert from 'node:assert/strict';
import type { TaskHint, TaskStore } from '@latecall/core';
import { answer, by, done, kept, news, newTask, now, question, ref, scope, settled, wants } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** Listens from now on; `heard` waits until the task was hinted at. */
function listen(store: TaskStore): { hints: TaskHint[]; heard: (id: string) => Promise<void>; stop: () => void } {
  const hints: TaskHint[] = [];
  const waiting = new Map<string, () => void>();
  const stop = store.subscribe((hint) => {
    hints.push(hint);
    waiting.get(hint.id)?.();
  });
  const heard = async (id: string) => {
    if (!hints.some((hint) => hint.id === id)) await new Promise<void>((resolve) => waiting.set(id, resolve));
  };
  return { hints, heard, stop };
}

/** Changes a task that nobody else touches, so that whatever came before it has been heard when it is. */
async function changeLast(store: TaskStore): Promise<void> {
  await store.create(newTask({ id: 'last' }));
  await store.settle({ scope, id: 'last' }, { settlement: done(1), now });
}

/** Plays `change` for `task_1` and waits for its hint. */
async function hinted(store: TaskStore, change: () => Promise<unknown>): Promise<void> {
  const { hints, heard, stop } = listen(store);
  await change();
  await heard('task_1');
  stop();
  assert.deepEqual(hints[0], { scope, id: 'task_1' });
}

/** Plays `change` for `task_1`, which nobody is to hear of. */
async function silent(store: TaskStore, change: () => Promise<unknown>): Promise<void> {
  const { hints, heard, stop } = listen(store);
  await change();
  await changeLast(store);
  await heard('last');
  stop();
  assert.deepEqual(
    hints.filter(({ id }) => id === 'task_1'),
    [],
  );
}

/** Who listens hears of changes, and of nothing else; a listener disturbs nobody. */
export const hintCases: StoreCases = {
  'a listener hears that a task was settled': async (store) => {
    await store.create(newTask());
    await hinted(store, () => store.settle(ref, { settlement: done(1), now }));
  },

  'a listener hears that a held task was finished': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: 'settling' });
    await hinted(store, () => store.finish(ref, done(1)));
  },

  'a listener hears that a task expired': async (store) => {
    await store.create(newTask({ deadlineAt: now }));
    await hinted(store, () => store.expireDue({ now }));
  },

  'a listener hears of an update': async (store) => {
    await store.create(newTask());
    await hinted(store, () => store.update(ref, { callId: 'c2' }));
  },

  'a listener hears of news, answers and results in quarantine': async (store) => {
    for (const note of [news({ progress: { fraction: 0.5 } }), question('a'), answer('a', 1), kept(done(1))]) {
      await store.create(newTask());
      await hinted(store, () => store.note(ref, note));
    }
  },

  'a listener hears that a claim was given back': async (store) => {
    await settled(store);
    await store.claim(wants());
    await hinted(store, () => store.release({ scope, claimant: 'run-1', ids: ['task_1'], sent: true }));
  },

  'a listener hears nothing of an attempt that lost': async (store) => {
    await settled(store);
    await silent(store, () => store.settle(ref, { settlement: done(2), now }));
  },

  'a listener hears nothing of a note that was not taken': async (store) => {
    await settled(store);
    await silent(store, () => store.note(ref, news({ progress: { fraction: 0.5 } })));
  },

  // Or a run would wake others, and itself, by going about its work.
  'a listener hears nothing of claims and consumptions': async (store) => {
    await settled(store);
    await silent(store, async () => {
      await store.claim(wants());
      await store.consume(ref, by('run-1'));
    });
  },

  'a listener that has left hears nothing': async (store) => {
    const { hints, stop } = listen(store);
    const { heard } = listen(store);
    stop();
    await changeLast(store);
    await heard('last');
    assert.deepEqual(hints, []);
  },

  'leaving twice takes nobody else along': async (store) => {
    const { stop } = listen(store);
    const { heard } = listen(store);
    stop();
    stop();
    await changeLast(store);
    await heard('last');
  },

  'a listener that throws disturbs neither the store nor the others': async (store) => {
    await store.create(newTask());
    store.subscribe(() => {
      throw new Error('broken listener');
    });
    const { heard } = listen(store);
    assert.equal((await store.settle(ref, { settlement: done(1), now })).verdict, 'accepted');
    await heard('task_1');
  },

  'what was settled before anybody listened is found': async (store) => {
    await settled(store);
    const { stop } = listen(store);
    assert.equal((await store.claim(wants())).length, 1);
    stop();
  },
};
