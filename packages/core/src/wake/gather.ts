import type { Clock } from '../base/clock.ts';
import { type Scope, scopeKey } from '../base/scope.ts';

/** Lets a wake wait for the results of siblings, so that one turn tells them all. */
export interface Gatherer {
  /** Wakes now if nothing more can come (`last`) or waiting is not worth it, else in a while. */
  wake(scope: Scope, options: { readonly last: boolean }): Promise<void>;
  /** A run has told results, and took so long in milliseconds. */
  told(took: number): void;
  /** Resolves when no wake waits. */
  idle(): Promise<void>;
  /** Drops the wakes that wait. */
  cancel(): void;
}

/** A wake that waits. */
interface Waiting {
  readonly end: () => void;
  readonly ended: Promise<void>;
}

/** What waiting may cost, as a share of what the turn costs that it may save. */
const worthWaiting = 1 / 3;

/**
 * A turn that tells one result keeps those that land meanwhile waiting until it is over. So a wake waits a third of the
 * time that the last telling run took, and not longer than `atMostMs`: nothing where turns are instant or none was seen.
 *
 * @param go Carries out a wake that has waited. Must not throw.
 */
export function createGatherer(input: {
  clock: Clock;
  atMostMs: number;
  wake: (scope: Scope) => Promise<void>;
  go: (scope: Scope) => Promise<void>;
}): Gatherer {
  const { clock, atMostMs, wake, go } = input;
  const waiting = new Map<string, Waiting>();
  let runMs = 0;
  const wait = (scope: Scope, ms: number) => {
    const key = scopeKey(scope);
    let resolve = () => {};
    const ended = new Promise<void>((fulfil) => {
      resolve = fulfil;
    });
    const end = () => {
      cancel();
      waiting.delete(key);
      resolve();
    };
    const cancel = clock.schedule(() => {
      end();
      return go(scope);
    }, ms);
    waiting.set(key, { end, ended });
  };
  return {
    wake: async (scope, { last }) => {
      const known = waiting.get(scopeKey(scope));
      const ms = Math.min(runMs * worthWaiting, atMostMs);
      if (last || ms === 0) {
        known?.end();
        await wake(scope);
      } else if (known === undefined) wait(scope, ms);
    },
    told: (took) => {
      runMs = took;
    },
    idle: async () => {
      await Promise.all([...waiting.values()].map(({ ended }) => ended));
    },
    cancel: () => {
      for (const { end } of waiting.values()) end();
    },
  };
}
