import { type Json, neverDispatched, type TaskRecord, tell } from '@latecall/core';

/** What a tool part shows once a model was told the outcome. */
export type ToldOutput =
  | { readonly state: 'output-available'; readonly output: Json }
  | { readonly state: 'output-error'; readonly errorText: string };

/**
 * The output of a call that a model was told; `undefined` before: a result that only came may still be withheld. A
 * stale result is the bare result here; its data part says that it is stale.
 */
export function toldOutput(task: TaskRecord): ToldOutput | undefined {
  if (task.consumption === undefined) return undefined;
  const { outcome } = task.consumption;
  if (neverDispatched(task) && outcome.status === 'failed') {
    return { state: 'output-error', errorText: outcome.error.message }; // as the host worded its tool error
  }
  const telling = tell({ outcome });
  return telling.kind === 'error'
    ? { state: 'output-error', errorText: telling.text }
    : { state: 'output-available', output: telling.value };
}
