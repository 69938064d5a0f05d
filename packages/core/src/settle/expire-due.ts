import type { Scope } from '../base/scope.ts';
import { expiry, toOutcome } from '../parts/outcome.ts';
import type { Runtime } from '../runtime.ts';

/** Settles the tasks of a scope whose deadline has passed, and reports them. */
export async function expireDue({ store, clock, report }: Runtime, scope: Scope): Promise<void> {
  for (const task of await store.expireDue({ now: clock.now(), scope })) {
    await report('task.expired', task, { outcome: toOutcome(expiry(task)) });
  }
}
