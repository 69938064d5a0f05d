import type { Clock, Resumer, Scope, TaskStore } from '@latecall/core';

/**
 * A resumer that lets a wake wait for siblings: results that land close together are then told in one turn. Where the
 * conversation waits for nothing more, the wake goes at once.
 */
export function gatherWakes(input: { inner: Resumer; store: TaskStore; clock: Clock; gatherMs: number }): Resumer {
  const { inner, store, clock, gatherMs } = input;
  const waiting = new Map<string, () => void>();
  return {
    ...inner,
    wake: async (scope: Scope) => {
      const { thread } = scope;
      const goes = () => {
        waiting.get(thread)?.();
        waiting.delete(thread);
        return inner.wake(scope);
      };
      if ((await store.countOpen(scope)) === 0) await goes();
      else if (!waiting.has(thread)) waiting.set(thread, clock.schedule(goes, gatherMs));
    },
  };
}
