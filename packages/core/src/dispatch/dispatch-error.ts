import { LatecallError } from '../base/latecall-error.ts';

/** The codes that a task fails with if its dispatch gave no receipt. */
export const dispatchFailures = [
  'dispatch_failed',
  'dispatch_timeout',
  'dispatch_interrupted',
  'dispatch_in_progress',
  'invalid_dispatch_result',
] as const;

/** Why a dispatch gave no receipt. */
export type DispatchFailure = (typeof dispatchFailures)[number];

/** `true` for the code of a task that was never dispatched, or nobody knows whether. */
export function isDispatchFailure(code: string | undefined): boolean {
  return dispatchFailures.some((failure) => failure === code);
}

/** Thrown where a host reports a tool error: the call was not dispatched, or nobody can know whether it was. */
export class DispatchError extends LatecallError {
  /** The task that stands for the attempt. */
  readonly taskId: string;
  constructor({
    code,
    taskId,
    message,
    cause,
  }: { code: DispatchFailure; taskId: string; message: string; cause?: unknown }) {
    super({ code, message, ...(cause === undefined ? {} : { cause }) });
    this.taskId = taskId;
  }
}
