import { createId } from '../base/random.ts';
import type { Runtime } from '../runtime.ts';

const counters = new WeakMap<Runtime, { readonly base: string; count: number }>();

/** Names an attempt at a model call as nobody else does: unguessable once for a runtime, and counted from there. */
export function createClaimant(runtime: Runtime): string {
  const counter = counters.get(runtime) ?? { base: createId('run', runtime.randomBytes), count: 0 };
  counters.set(runtime, counter);
  counter.count += 1;
  return `${counter.base}.${counter.count}`;
}
