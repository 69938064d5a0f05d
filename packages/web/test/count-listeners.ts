import type { TaskStore } from '@latecall/core';

/** A store's `subscribe` that knows who listens. */
export interface Listeners {
  readonly subscribe: TaskStore['subscribe'];
  readonly count: number;
  /** Resolves once nobody listens. */
  none(): Promise<void>;
}

export function countListeners(store: Pick<TaskStore, 'subscribe'>): Listeners {
  let count = 0;
  let waiting: (() => void)[] = [];
  return {
    subscribe: (listener) => {
      count += 1;
      const unsubscribe = store.subscribe(listener);
      return () => {
        unsubscribe();
        count -= 1;
        if (count > 0) return;
        for (const resolve of waiting) resolve();
        waiting = [];
      };
    },
    get count() {
      return count;
    },
    none: () =>
      new Promise((resolve) => {
        if (count === 0) resolve();
        else waiting.push(resolve);
      }),
  };
}
