import type { TaskHint, TaskStore } from '@latecall/core';
import type { Life } from './process.ts';
import type { Random } from './random.ts';
import type { Faults } from './settings.ts';
import type { World } from './world.ts';

/** The store as one process sees it: over a network. */
export function faultyStore(setup: {
  world: World;
  random: Random;
  faults: Faults;
  life: Life;
  store: TaskStore;
}): TaskStore {
  const { world, random, faults, life, store } = setup;
  const remote =
    <ARGS extends readonly never[], RESULT>(name: string, method: (...args: ARGS) => Promise<RESULT>) =>
    (...args: ARGS): Promise<RESULT> => {
      const sent = JSON.stringify(args);
      const words = sent.length > 200 ? `${sent.slice(0, 200)}…` : sent;
      return life.ask(`${name} ${words}`, async () => {
        // A parse of what was sent: what a method is given is not shared with it.
        const result = await method(...(JSON.parse(sent) as ARGS));
        return structuredClone(result);
      });
    };
  const tell = (listener: (hint: TaskHint) => void, hint: TaskHint) => {
    const hear = () => {
      if (life.alive) listener(hint);
    };
    if (!world.calm && random.chance(faults.lostHint)) return;
    world.after(random.below(40), hear);
    if (!world.calm && random.chance(faults.doubledHint)) world.after(random.below(3_000), hear);
  };
  return {
    create: remote('create', store.create),
    get: remote('get', store.get),
    locate: remote('locate', store.locate),
    countOpen: remote('countOpen', store.countOpen),
    purge: remote('purge', store.purge),
    list: remote('list', store.list),
    update: remote('update', store.update),
    note: remote('note', store.note),
    settle: remote('settle', store.settle),
    finish: remote('finish', store.finish),
    expireDue: remote('expireDue', store.expireDue),
    nextDeadline: remote('nextDeadline', store.nextDeadline),
    ready: remote('ready', store.ready),
    claim: remote('claim', store.claim),
    release: remote('release', store.release),
    consume: remote('consume', store.consume),
    subscribe: (listener) => store.subscribe((hint) => tell(listener, hint)),
  };
}
