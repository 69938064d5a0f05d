import type { TaskRecord } from '../task/task.ts';
import type { StoreVerdict } from '../task/task-store.ts';

/**
 * What a settlement attempt is told. An HTTP callback answers `accepted` 202, `duplicate` 200, `conflict` 409, `late`
 * and `cancelled` 410, `unknown` and `unauthorized` both 404, `invalid` 422 (the task goes on; a right answer may still
 * come).
 */
export type Verdict = StoreVerdict | 'unauthorized' | 'invalid';

/** The verdict on one attempt, in a word and in a sentence that says what was expected and what to do. */
export interface SettlementVerdict {
  readonly verdict: Verdict;
  readonly id: string;
  readonly message: string;
  /** The task after the attempt. Not there for `unknown` and `unauthorized`: they must not tell anything. */
  readonly task?: TaskRecord;
}

const statuses: Record<Verdict, number> = {
  accepted: 202,
  duplicate: 200,
  conflict: 409,
  late: 410,
  cancelled: 410,
  unknown: 404,
  unauthorized: 404,
  invalid: 422,
};

/** The HTTP status with which a callback answers a verdict. */
export function statusOf(verdict: Verdict): number {
  return statuses[verdict];
}

const sentences: Record<Exclude<Verdict, 'invalid'>, (id: string) => string> = {
  accepted: (id) => `The result of "${id}" was accepted.`,
  duplicate: (id) => `The same result of "${id}" was accepted before. Nothing changed; stop sending it.`,
  conflict: (id) => `"${id}" was settled with another result before. The first one stays; do not send again.`,
  late: (id) =>
    `The deadline of "${id}" has passed. The result was not accepted; dispatch again if it is still wanted.`,
  cancelled: (id) => `"${id}" was cancelled. The result was not accepted; stop the work.`,
  unknown: (id) =>
    `No task "${id}" is known here. Give the id of an AsyncFunctionRequest, in full, to the Latecall (or a store or secret in common with it) and the scope that made it.`,
  unauthorized: (id) => `The result of "${id}" was refused: its proof or its permission is missing.`,
};

/** A verdict with its sentence; `invalid` brings its own, which names what is wrong. */
export function verdictOf(parts: {
  verdict: Verdict;
  id: string;
  message?: string;
  task?: TaskRecord | undefined;
}): SettlementVerdict {
  const { verdict, id, task } = parts;
  const message =
    parts.message ?? (verdict === 'invalid' ? `The result of "${id}" is not valid.` : sentences[verdict](id));
  const silent = verdict === 'unknown' || verdict === 'unauthorized' || task === undefined;
  return { verdict, id, message, ...(silent ? {} : { task }) };
}
