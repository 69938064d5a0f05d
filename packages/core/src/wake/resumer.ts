import type { Scope } from '../base/scope.ts';

/**
 * What an engine (a job queue, a workflow service) implements to carry wakes: engines wake, the store decides. A wake
 * says "look at this conversation", and no more: it may come late, twice, or for nothing, and whoever gets it reads the
 * store. So an engine has to give little:
 *
 * - a wake that was taken is delivered at least once, also if the process dies in between, as far as the engine lasts;
 * - while a wake of a scope waits, another of the same scope may be dropped;
 * - a wake that comes while its scope is being handled leads to one more delivery afterwards;
 * - a handler that throws is called again later, by the engine's own means and with a growing delay.
 *
 * Not asked for: order between scopes, exactly one delivery, timers.
 */
export interface Resumer {
  /** Resolves when the wake is taken, before it is delivered. */
  wake(scope: Scope): Promise<void>;
  /**
   * Delivers wakes to the handler, those of before included, until the returned function is called. That one resolves
   * when the deliveries under way have ended; no new one begins.
   */
  start(handler: (scope: Scope) => Promise<void>): Promise<() => Promise<void>>;
  /** Resolves when this process is in the middle of no delivery and has none to begin with at once. */
  idle?(): Promise<void>;
}
