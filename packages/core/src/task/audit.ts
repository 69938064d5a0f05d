import type { TaskRef } from './task-store.ts';

/**
 * One thing that happened, for logs and audits. Plain JSON; never holds inputs, results or tokens. `at` is in
 * milliseconds since the epoch; `turn` names the model call, see {@link AuditEvent.turn}.
 */
export interface AuditEvent extends TaskRef {
  readonly type:
    | 'task.created'
    | 'task.rejoined'
    | 'task.dispatched'
    | 'task.dispatch-failed'
    | 'task.progress'
    | 'task.settled'
    | 'task.refused'
    | 'task.expired'
    | 'task.cancelled'
    | 'task.claimed'
    | 'task.released'
    | 'task.consumed'
    | 'task.withheld'
    | 'policy.failed'
    | 'history.ignored';
  readonly at: number;
  readonly toolName?: string;
  /** The task's short name. */
  readonly handle?: string;
  /** The model call that made the call (`task.created`) or was shown the result (`task.claimed`, `task.consumed`). */
  readonly turn?: string;
  /** The verdict on a settlement, the reason of a refusal, or the status of an outcome. */
  readonly detail?: string;
}

/** Receives audit events in order. A throw is not caught: an audit that fails must not pass unnoticed. */
export type AuditSink = (event: AuditEvent) => void | Promise<void>;
