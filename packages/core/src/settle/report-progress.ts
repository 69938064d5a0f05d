import { LatecallError } from '../base/latecall-error.ts';
import type { Scope } from '../base/scope.ts';
import { type InputRequest, type Progress, parseInputRequest, parseProgress } from '../parts/progress.ts';
import { type SettlementVerdict, verdictOf } from '../parts/verdict.ts';
import type { Runtime } from '../runtime.ts';
import { isOpen } from '../task/task.ts';
import { tokenFits } from '../task/token.ts';

/** News of a task that is not over. Untrusted JSON. */
export interface ProgressReport {
  readonly id: string;
  /** See {@link Progress}. */
  readonly progress?: unknown;
  /** See {@link InputRequest}: the task becomes `input_required`. `null`: it was answered, and goes on `working`. */
  readonly inputRequest?: unknown;
  readonly scope?: Scope;
  /** The callback token. Give the key for everything that comes from outside, even when the value is missing. */
  readonly token?: string | undefined;
}

/**
 * Records how far a task is, or that it needs input. Never throws for bad input: the verdict is `accepted`, `unknown`,
 * `unauthorized`, `invalid`, or `conflict` for a task that has its outcome.
 */
export async function reportProgress(runtime: Runtime, report: ProgressReport): Promise<SettlementVerdict> {
  const { id, scope } = report;
  const where = scope ?? (await runtime.store.locate(id));
  const task = where === undefined ? undefined : await runtime.store.get({ scope: where, id });
  if (task === undefined) return verdictOf({ verdict: 'unknown', id });
  if (!(await tokenFits(report, task))) return verdictOf({ verdict: 'unauthorized', id });
  const news = read(report);
  if (news instanceof LatecallError) return verdictOf({ verdict: 'invalid', id, task, message: news.message });
  const changed = isOpen(task) ? await runtime.store.update(task, news) : undefined;
  if (changed === undefined) return verdictOf({ verdict: 'conflict', id, task });
  const detail = news.status;
  await runtime.report('task.progress', changed, detail === undefined ? {} : { detail });
  return verdictOf({ verdict: 'accepted', id, task: changed });
}

interface News {
  readonly status?: 'working' | 'input_required';
  readonly progress?: Progress;
  readonly inputRequest?: InputRequest;
}

function read({ progress, inputRequest }: ProgressReport): News | LatecallError {
  try {
    return {
      ...(progress === undefined ? {} : { progress: parseProgress(progress) }),
      ...(inputRequest === null ? { status: 'working' } : {}),
      ...(inputRequest === undefined || inputRequest === null
        ? {}
        : { status: 'input_required', inputRequest: parseInputRequest(inputRequest) }),
    };
  } catch (error) {
    if (LatecallError.isInstance(error)) return error;
    throw error;
  }
}
