import type { Json } from '../base/json.ts';
import type { Outcome } from '../parts/outcome.ts';
import type { TaskRecord } from './task.ts';

/** What a policy decides about: one task, one outcome, at one of the two moments of law 6. */
export interface PolicyQuestion {
  readonly at: 'arrival' | 'consumption';
  readonly task: TaskRecord;
  readonly outcome: Outcome;
}

/** The app's rules for late results. Each may be left out. */
export interface Policy {
  /**
   * May this outcome come in (`arrival`), and may this conversation still see it now (`consumption`)? `false` on
   * arrival refuses it as `unauthorized`; on consumption the model is told that the result is withheld. A throw counts
   * as no for now: the task stays as it is and the next run asks again.
   */
  readonly authorize?: (question: PolicyQuestion) => boolean | Promise<boolean>;
  /** Taken at dispatch and stored with the task, for example a commit id. */
  readonly snapshot?: (call: { toolName: string; arguments: Json }) => Json | Promise<Json>;
  /** Is the world still as in `snapshot`? `false` marks the result as stale for the model. */
  readonly isFresh?: (question: { task: TaskRecord; snapshot: Json | undefined }) => boolean | Promise<boolean>;
}
