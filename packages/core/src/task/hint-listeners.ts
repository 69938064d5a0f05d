import type { TaskHint } from './task-store.ts';

/** Who listens to the hints of one store in this process. */
export interface HintListeners {
  /** How many listen. */
  readonly size: number;
  /** Adds a listener until the returned function is called; one that is added twice hears everything twice. */
  add(listener: (hint: TaskHint) => void): () => void;
  /** Gives all of them the hint. One that throws disturbs neither the store nor the others: a hint may be lost anyway. */
  tell(hint: TaskHint): void;
}

/** For a store's `subscribe`. */
export function createHintListeners(): HintListeners {
  const entries = new Set<{ listener: (hint: TaskHint) => void }>();
  return {
    get size() {
      return entries.size;
    },
    add: (listener) => {
      const entry = { listener };
      entries.add(entry);
      return () => void entries.delete(entry);
    },
    tell: (hint) => {
      for (const { listener } of [...entries]) {
        try {
          listener(hint);
        } catch {}
      }
    },
  };
}
