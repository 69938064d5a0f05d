import type { Clock } from '@latecall/core';

/** A clock that stands still until it is told how far to go. */
export interface FakeClock extends Clock {
  /**
   * Moves the time on and runs what is due, in the order of its time; what that schedules within the span runs too.
   * Waits for each to finish, and for the promises it started to settle.
   */
  advance(ms: number): Promise<void>;
  /** When the next timer is due, in milliseconds since the epoch; `undefined` if none is set. */
  readonly next: number | undefined;
}

interface Timer {
  readonly at: number;
  readonly run: () => void | Promise<void>;
}

/** Makes a {@link FakeClock}. @param start Milliseconds since the epoch. @default 1_700_000_000_000 */
export function createFakeClock(start = 1_700_000_000_000): FakeClock {
  let now = start;
  const timers = new Set<Timer>();
  const earliest = () =>
    [...timers].reduce<Timer | undefined>((a, b) => (a !== undefined && a.at <= b.at ? a : b), undefined);
  return {
    now: () => now,
    schedule: (run, ms) => {
      const timer = { at: now + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance: async (ms) => {
      const end = now + ms;
      for (let due = earliest(); due !== undefined && due.at <= end; due = earliest()) {
        timers.delete(due);
        now = Math.max(now, due.at);
        await due.run();
      }
      now = end;
    },
    get next() {
      return earliest()?.at;
    },
  };
}
