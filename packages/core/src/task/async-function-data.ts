import { type Clock, toIso } from '../base/clock.ts';
import type { Json } from '../base/json.ts';
import type { InputRequest, Progress } from '../parts/progress.ts';
import { type InputExchange, openInput } from './notes.ts';
import { type Standing, toldStandingOf } from './standing.ts';
import { isOpen, type TaskRecord } from './task.ts';

/**
 * What people may see of a dispatched call, also while there is no result: never the task's id, its keys or tokens, and
 * of the receipt only what the tool declares public.
 */
// A type, not an interface: data of UI messages needs an index signature.
export type AsyncFunctionData = {
  /** Unique in its conversation; the id of the part. */
  handle: string;
  toolName: string;
  toolCallId: string;
  /** How the task stands; once a model was told the outcome, the status of what it was told. */
  status: Standing;
  /** ISO 8601 in UTC. */
  dispatchedAt: string;
  /** After this time no result is accepted any more, unless {@link resultMayCome} says so. */
  deadlineAt?: string;
  /** The deadline has passed, and a late result is welcome all the same. */
  resultMayCome?: true;
  /** How far the work is, as the outside last reported it. */
  progress?: Progress;
  /** What the outside asks for while the status is `input_required`: the question that waits longest. */
  inputRequest?: InputRequest;
  /** What the result speaks of had changed since the dispatch, and the model was told so. */
  stale?: true;
  /** What the tool's `publicReceipt` shows of the receipt. */
  receipt?: Json;
};

/**
 * What a task's data part says at this moment.
 *
 * @param input.toolCallId The call beside which it is shown.
 * @param input.receipt What the tool shows of its receipt; `undefined` if it shows nothing.
 */
export function asyncFunctionData(input: {
  task: TaskRecord;
  toolCallId: string;
  receipt?: Json | undefined;
  clock: Pick<Clock, 'now'>;
}): AsyncFunctionData {
  const { task, toolCallId, receipt, clock } = input;
  const { handle, toolName, dispatchedAt, createdAt, deadlineAt, progress, consumption } = task;
  const asked = isOpen(task) ? openInput(task) : undefined;
  const status = toldStandingOf(task, clock.now());
  return {
    handle,
    toolName,
    toolCallId,
    status,
    dispatchedAt: toIso(dispatchedAt ?? createdAt),
    ...(deadlineAt === undefined ? {} : { deadlineAt: toIso(deadlineAt) }),
    ...(status === 'expired' && task.lateResult === 'accept' ? { resultMayCome: true } : {}),
    ...(progress === undefined ? {} : { progress }),
    ...(asked === undefined ? {} : { inputRequest: inputRequestOf(asked) }),
    ...(consumption?.stale === true ? { stale: true } : {}),
    ...(receipt === undefined ? {} : { receipt }),
  };
}

/** The question, without what became of it. */
function inputRequestOf({ key, message, schema }: InputExchange): InputRequest {
  return { key, message, ...(schema === undefined ? {} : { schema }) };
}
