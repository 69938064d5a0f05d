import { LatecallError } from '../base/latecall-error.ts';
import type { Scope } from '../base/scope.ts';
import { parseInputRequest, parseLogEntry, parseProgress, parseSequence } from '../parts/progress.ts';
import { type SettlementVerdict, verdictOf } from '../parts/verdict.ts';
import type { Runtime } from '../runtime.ts';
import { type NoteVerdict, noteLimits, type TaskNote } from '../task/notes.ts';
import { isDue, type TaskRecord } from '../task/task.ts';
import { tokenFits } from '../task/token.ts';

/** News of a task that is not over. Untrusted JSON. */
export interface ProgressReport {
  readonly id: string;
  /** See {@link Progress}; the last one counts. */
  readonly progress?: unknown;
  /** A text, or `{ message, level }` with a level of `info`, `warning` or `error`. The last 100 entries are kept. */
  readonly log?: unknown;
  /**
   * See {@link InputRequest}: the task becomes `input_required` until the app answers. `null`: the outside takes its open
   * questions back, and the task goes on `working`.
   */
  readonly inputRequest?: unknown;
  /** A whole number that counts up at the sender: news that were overtaken by later ones change nothing. */
  readonly sequence?: unknown;
  readonly scope?: Scope;
  /** The callback token. Give the key for everything that comes from outside, even when the value is missing. */
  readonly token?: string | undefined;
}

/**
 * Records how far a task is, what it logs, or that it needs input. Never throws for bad input: the verdict is `accepted`,
 * `duplicate` for news that change nothing, `unknown`, `unauthorized`, `invalid` (also beyond a limit), `late` past the
 * deadline of a task whose result is not accepted any more, or `conflict` for a task that has its outcome and for another
 * question under a key that was used.
 */
export async function reportProgress(runtime: Runtime, report: ProgressReport): Promise<SettlementVerdict> {
  const { id, scope } = report;
  const where = scope ?? (await runtime.store.locate(id));
  const task = where === undefined ? undefined : await runtime.store.get({ scope: where, id });
  if (task === undefined) return verdictOf({ verdict: 'unknown', id });
  if (!(await tokenFits(report, task))) return verdictOf({ verdict: 'unauthorized', id });
  const at = runtime.clock.now();
  const news = read(report, at);
  if (news instanceof LatecallError) return verdictOf({ verdict: 'invalid', id, task, message: news.message });
  if (isDue(task, at) && task.lateResult !== 'accept') return verdictOf({ verdict: 'late', id, task });
  const { verdict, task: after = task } = await runtime.store.note(task, news);
  if (verdict === 'accepted') {
    const asks = news.inputRequest !== undefined;
    const { status } = after;
    const changed = status === task.status ? {} : { detail: status };
    await runtime.report(asks ? 'task.input-requested' : 'task.progress', after, changed);
  }
  return tellNews(verdict, news, after);
}

type News = Extract<TaskNote, { type: 'news' }>;

function tellNews(verdict: NoteVerdict, { inputRequest, progress, log }: News, task: TaskRecord): SettlementVerdict {
  const { id } = task;
  if (verdict !== 'full') {
    const used = verdict === 'conflict' && task.inputs?.some(({ key }) => key === inputRequest?.key);
    const message = used
      ? `"${id}" has asked something else under the key "${inputRequest?.key}". Use a key once in the life of a task.`
      : undefined;
    return verdictOf({ verdict, id, task, ...(message === undefined ? {} : { message }) });
  }
  const questions = inputRequest !== undefined && progress === undefined && log === undefined;
  const most =
    questions && (task.newsCount ?? 0) < noteLimits.news ? `${noteLimits.inputs} questions` : `${noteLimits.news} news`;
  const message = `Not taken: "${id}" has sent ${most}, and no more are recorded. Its result is still taken.`;
  return verdictOf({ verdict: 'invalid', id, task, message });
}

function read(report: ProgressReport, at: number): News | LatecallError {
  const { progress, log, inputRequest, sequence } = report;
  try {
    return {
      type: 'news',
      at,
      ...(sequence === undefined ? {} : { sequence: parseSequence(sequence) }),
      ...(progress === undefined ? {} : { progress: parseProgress(progress) }),
      ...(log === undefined ? {} : { log: parseLogEntry(log, at) }),
      ...(inputRequest === null ? { withdrawn: true } : {}),
      ...(inputRequest === undefined || inputRequest === null ? {} : { inputRequest: parseInputRequest(inputRequest) }),
    };
  } catch (error) {
    if (LatecallError.isInstance(error)) return error;
    throw error;
  }
}
