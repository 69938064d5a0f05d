import type { Json } from '../base/json.ts';
import type { TaskRef } from '../task/task-store.ts';

/** What can happen to a task, and to a turn. */
export type AuditEventType =
  | 'task.created'
  | 'task.rejoined'
  | 'task.dispatched'
  | 'task.dispatch-failed'
  | 'task.progress'
  | 'task.input-requested'
  | 'task.input-answered'
  | 'task.settled'
  | 'task.refused'
  | 'task.quarantined'
  | 'task.expired'
  | 'task.cancelled'
  | 'task.claimed'
  | 'task.released'
  | 'task.consumed'
  | 'task.withheld'
  | 'policy.failed'
  | 'history.ignored'
  | 'turn.finished';

/** A call that a turn made, of an async tool or of any other. */
export interface AuditedCall {
  readonly callId: string;
  readonly toolName: string;
  /** SHA-256 of its arguments as canonical JSON, base64url. */
  readonly inputDigest: string;
}

/** A result that a turn was shown, and that its history did not tell before. */
export interface AuditedResult {
  /** Of its task. */
  readonly id: string;
  readonly handle: string;
  /** SHA-256 of the outcome as the model was told it, as canonical JSON, base64url. */
  readonly outputDigest: string;
  /** The turn that was told of it first, if that was another one: a fork, or an answer that was lost. */
  readonly turn?: string;
}

/**
 * One thing that happened, for logs and audits. Plain JSON; never holds tokens, and inputs and results only as digests
 * unless `logPayload` says otherwise.
 */
export interface AuditEvent extends TaskRef {
  readonly type: AuditEventType;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The task's id; of a `turn.finished` the turn's. */
  readonly id: string;
  readonly toolName?: string;
  /** The task's short name. */
  readonly handle?: string;
  /** The model call that made the call (`task.created`) or was shown the result (`task.claimed`, `task.consumed`). */
  readonly turn?: string;
  /** The model's id of the call, with `task.created`, `task.rejoined` and `task.dispatched`. */
  readonly callId?: string;
  /** The verdict on a settlement, the reason of a refusal, or the status of an outcome. */
  readonly detail?: string;
  /** SHA-256 of the arguments as canonical JSON, base64url: with `task.created` and `task.rejoined`. */
  readonly inputDigest?: string;
  /**
   * SHA-256 of an outcome as canonical JSON, base64url: with `task.settled` and `task.quarantined` as it came, with
   * `task.consumed` and `task.withheld` as the model was told it.
   */
  readonly outputDigest?: string;
  /** What `logPayload` gave for the arguments or the outcome. */
  readonly payload?: Json;
  /** What was permitted when the call was made, and what is now, if the policy says so. */
  readonly permissions?: { readonly atDispatch: Json; readonly now: Json };
  /** The tasks that this one builds on: with `task.created`. */
  readonly dependsOn?: readonly string[];
  /** The expired task whose late result this one brings; such a task has no `task.created`. */
  readonly sequelOf?: string;
  /** The calls that the turn made: with `turn.finished`. */
  readonly calls?: readonly AuditedCall[];
  /** The results that were news to the turn: with `turn.finished`. */
  readonly results?: readonly AuditedResult[];
}

/** Receives audit events in order. A throw is not caught: an audit that fails must not pass unnoticed. */
export type AuditSink = (event: AuditEvent) => void | Promise<void>;

/** Something that may be logged in full: the arguments of a call, or an outcome. */
export interface AuditPayload {
  readonly kind: 'arguments' | 'outcome';
  readonly value: Json;
  readonly toolName: string;
  readonly id: string;
}
