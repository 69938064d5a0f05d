import { LatecallError } from '../base/latecall-error.ts';

/** The codes that a task fails with if its dispatch gave no receipt. */
export const dispatchFailures = [
  'dispatch_failed',
  'dispatch_timeout',
  'dispatch_interrupted',
  'dispatch_in_progress',
  'invalid_dispatch_result',
  'too_many_pending',
  'audit_failed',
] as const;

/** Why a dispatch gave no receipt. */
export type DispatchFailure = (typeof dispatchFailures)[number];

/** Why a call was refused before there was a task for it. */
export type DispatchRefusal = 'key_conflict' | 'invalid_key' | 'unknown_dependency' | 'policy_failed';

/** `true` for the code of a task that was never dispatched, or nobody knows whether. */
export function isDispatchFailure(code: string | undefined): code is DispatchFailure {
  return dispatchFailures.some((failure) => failure === code);
}

/** Thrown where a host reports a tool error: the call was not dispatched, or nobody can know whether it was. */
export class DispatchError extends LatecallError {
  /** The task that stands for the attempt; of a `key_conflict` the one that has the key. */
  readonly taskId: string | undefined;
  constructor({
    code,
    taskId,
    message,
    cause,
  }: { code: DispatchFailure | DispatchRefusal; taskId?: string; message: string; cause?: unknown }) {
    super({ code, message, ...(cause === undefined ? {} : { cause }) });
    this.taskId = taskId;
  }
}
