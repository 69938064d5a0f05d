import { type Clock, systemClock } from '../base/clock.ts';
import { LatecallError } from '../base/latecall-error.ts';
import { type Scope, scopeKey } from '../base/scope.ts';
import { type BackoffOptions, createBackoff } from './backoff.ts';
import type { Resumer } from './resumer.ts';

/** How {@link createLocalResumer} tries again. */
export interface LocalResumerOptions extends BackoffOptions {
  readonly clock?: Clock;
}

/** A {@link Resumer} within one process. */
export interface LocalResumer extends Resumer {
  idle(): Promise<void>;
}

/** One conversation that somebody woke. */
interface Wake {
  readonly scope: Scope;
  /** The deliveries that are going on; `undefined` before the first and while a retry waits. */
  running: Promise<void> | undefined;
  /** It was woken since the delivery that is going on began. */
  again: boolean;
  /** Deliveries in a row that threw. */
  failures: number;
  cancelRetry: () => void;
}

/**
 * Wakes within this process: one delivery of a scope at a time; wakes during it lead to one more after it; a handler
 * that throws is called again after a delay, or with the next wake. What a stop leaves undelivered, the next start
 * delivers. Nothing survives the process: the store's `ready` finds the conversations again. It keeps no process alive.
 *
 * @throws {LatecallError} with code `invalid_duration`. `start` throws `already_started` for a second handler.
 */
export function createLocalResumer({ clock = systemClock, ...options }: LocalResumerOptions = {}): LocalResumer {
  const waitBefore = createBackoff(options);
  const wakes = new Map<string, Wake>();
  let current: { readonly handler: (scope: Scope) => Promise<void> } | undefined;

  const deliver = async (key: string, wake: Wake) => {
    while (current !== undefined) {
      wake.again = false;
      try {
        await current.handler(wake.scope);
        wake.failures = 0;
      } catch {
        wake.failures += 1;
        // Its own wait covers the wakes that came meanwhile.
        if (current !== undefined) wake.cancelRetry = clock.schedule(() => begin(key, wake), waitBefore(wake.failures));
        return;
      }
      if (!wake.again) {
        wakes.delete(key);
        return;
      }
    }
  };
  const begin = (key: string, wake: Wake) => {
    wake.cancelRetry();
    wake.running = deliver(key, wake).finally(() => {
      wake.running = undefined;
    });
  };
  const take = (key: string, wake: Wake) => {
    if (wake.running !== undefined) wake.again = true;
    else if (current !== undefined) begin(key, wake);
  };
  const deliveries = () => [...wakes.values()].flatMap(({ running }) => running ?? []);

  return {
    wake: async (scope) => {
      const key = scopeKey(scope);
      const wake = wakes.get(key) ?? { scope, running: undefined, again: false, failures: 0, cancelRetry: () => {} };
      wakes.set(key, wake);
      take(key, wake);
    },

    start: async (handler) => {
      if (current !== undefined) {
        throw new LatecallError({
          code: 'already_started',
          message: 'This resumer delivers to a handler already. Stop that one first, or make another resumer.',
        });
      }
      const started = { handler };
      current = started;
      for (const [key, wake] of wakes) take(key, wake);
      return async () => {
        if (current !== started) return;
        current = undefined;
        for (const { cancelRetry } of wakes.values()) cancelRetry();
        await Promise.all(deliveries());
      };
    },

    idle: async () => {
      for (let going = deliveries(); going.length > 0; going = deliveries()) await Promise.all(going);
    },
  };
}
