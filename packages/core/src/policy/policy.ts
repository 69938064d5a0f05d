import type { Json } from '../base/json.ts';
import type { Scope } from '../base/scope.ts';
import type { Outcome } from '../parts/outcome.ts';
import type { TaskRecord } from '../task/task.ts';

/** A call that is about to be dispatched. */
export interface PolicyCall {
  readonly toolName: string;
  readonly arguments: Json;
  readonly scope: Scope;
}

/** What a policy decides about: one task, one outcome, at one of the two moments of law 6. */
export interface PolicyQuestion {
  readonly at: 'arrival' | 'consumption';
  /** `task.permissions` is what was permitted when the call was made. */
  readonly task: TaskRecord;
  readonly outcome: Outcome;
}

/** A decision with its reasons. */
export interface PolicyDecision {
  readonly allow: boolean;
  /** Told to the model with a result that is withheld. @default nothing but that it is withheld */
  readonly reason?: string;
  /** What is permitted now: the audit shows it beside what was permitted when the call was made. */
  readonly permissions?: Json;
}

/**
 * The app's rules for late results. Each may be left out. A function that throws, or gives no answer within
 * `policyTimeout`, counts as no for now: nothing is shown, the audit says `policy.failed`, and it is asked again at the
 * next wake.
 */
export interface Policy {
  /** What is permitted at dispatch; stored with the task. If it fails, nothing is dispatched. */
  readonly permissions?: (call: PolicyCall) => Json | Promise<Json>;
  /**
   * May this outcome come in (`arrival`), and may this conversation still see it now (`consumption`)? If not, the model
   * is told that the result is withheld, and people find it in quarantine. On arrival that is the task's end.
   */
  readonly authorize?: (question: PolicyQuestion) => boolean | PolicyDecision | Promise<boolean | PolicyDecision>;
  /** Taken at dispatch and stored with the task, for example a commit id. If it fails, nothing is dispatched. */
  readonly snapshot?: (call: PolicyCall) => Json | Promise<Json>;
  /**
   * Is the world still as in `snapshot`? If not, the model is told so, or the result is withheld, as the tool's
   * `staleResult` says. @default takes `snapshot` anew and compares; one that is not known any more counts as another
   */
  readonly isFresh?: (question: { task: TaskRecord; snapshot: Json | undefined }) => boolean | Promise<boolean>;
}
