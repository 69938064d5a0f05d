import type { Clock } from '@latecall/core';

/** A clock whose time moves only when nothing else can go on. */
export interface VirtualTime extends Clock {
  /** Resolves after so many milliseconds of this clock. */
  sleep(ms: number): Promise<void>;
  /** Lets things happen, one after the other, until `isOver`; `false` if that is not so before `deadline`. */
  play(isOver: () => boolean, deadline: number): Promise<boolean>;
  /** Timers that wait, and how many there ever were. */
  readonly timers: { readonly waiting: number; readonly ever: number };
}

interface Timer {
  readonly at: number;
  readonly run: () => void | Promise<void>;
}

/** One queue for everything that waits: results on their way, model calls, deadlines, retries. */
export function createVirtualTime(start = 1_700_000_000_000): VirtualTime {
  let now = start;
  let ever = 0;
  const queue: Timer[] = []; // the next one last
  const schedule: Clock['schedule'] = (run, ms) => {
    const timer = { at: now + Math.max(0, ms), run };
    ever += 1;
    const place = queue.findLastIndex(({ at }) => at > timer.at) + 1; // behind those of the same time
    queue.splice(place, 0, timer);
    return () => {
      const at = queue.indexOf(timer);
      if (at >= 0) queue.splice(at, 1);
    };
  };
  return {
    now: () => now,
    schedule,
    sleep: (ms) => new Promise((resolve) => void schedule(resolve, ms)),
    play: async (isOver, deadline) => {
      for (;;) {
        await quiet();
        if (isOver()) return true;
        const next = queue.pop();
        if (next === undefined || next.at > deadline) return false;
        now = next.at;
        void next.run();
      }
    },
    get timers() {
      return { waiting: queue.length, ever };
    },
  };
}

/**
 * Resolves when nothing goes on by itself any more: all that runs here is promises and immediates, since the model is in
 * this process and digests are computed in line (`inline-crypto.ts`).
 */
async function quiet(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => void setImmediate(resolve));
}
