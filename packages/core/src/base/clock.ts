/** Where Latecall gets the time from. Tests give a fake one. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `run` once after `ms` milliseconds; the returned function calls it off. */
  schedule(run: () => void | Promise<void>, ms: number): () => void;
}

/** The machine's own clock. A waiting timer does not keep a process alive where the platform can say so. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule: (run, ms) => {
    let timer: unknown;
    const wait = (left: number) => {
      timer = setTimeout(() => (left > longest ? wait(left - longest) : void run()), Math.min(left, longest));
      if (hasUnref(timer)) timer.unref();
    };
    wait(ms);
    return () => clearTimeout(timer as ReturnType<typeof setTimeout>); // the very value that setTimeout gave
  },
};

/** The longest that a platform's timer takes: 24.8 days. */
const longest = 2 ** 31 - 1;

/** Node's timers can let the process end. */
function hasUnref(timer: unknown): timer is { unref(): void } {
  return typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function';
}

/** ISO 8601 in UTC, the form of every time in a request or response. */
export function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
