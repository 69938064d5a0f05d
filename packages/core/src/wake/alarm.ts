import type { Clock } from '../base/clock.ts';

/** One timer that rings at the earliest of the times it was set to. */
export interface Alarm {
  /** Milliseconds since the epoch. Without effect if it is set to that time or an earlier one. */
  set(at: number): void;
  cancel(): void;
}

/** Makes an {@link Alarm}. It is unset when it rings. */
export function createAlarm(clock: Clock, ring: () => void | Promise<void>): Alarm {
  let armed: { readonly at: number; readonly cancel: () => void } | undefined;
  const cancel = () => {
    armed?.cancel();
    armed = undefined;
  };
  return {
    set: (at) => {
      if (armed !== undefined && armed.at <= at) return;
      cancel();
      const run = () => {
        armed = undefined;
        return ring();
      };
      armed = { at, cancel: clock.schedule(run, Math.max(at - clock.now(), 0)) };
    },
    cancel,
  };
}
