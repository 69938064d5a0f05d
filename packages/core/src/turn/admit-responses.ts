import type { Json } from '../base/json.ts';
import { LatecallError } from '../base/latecall-error.ts';
import type { Scope } from '../base/scope.ts';
import type { AsyncFunctionResponse } from '../parts/async-function-response.ts';
import { verifyResponse } from '../parts/sign-part.ts';
import { type SettlementVerdict, verdictOf } from '../parts/verdict.ts';
import type { Runtime } from '../runtime.ts';
import { settle, type ToolDefinitions } from '../settle/settle.ts';
import { isOpen, type TaskRecord } from '../task/task.ts';
import type { BoundCall } from './bind-calls.ts';
import type { PlacedResult } from './read-calls.ts';
import { idNamedBy, readResponse } from './read-proofs.ts';

/**
 * Thrown before any model call when responses that were just put into the messages cannot be taken. Take them out, or
 * mend them, and run again: nothing has changed, and their tasks still wait.
 */
export class ResponseRefusedError extends LatecallError {
  readonly verdicts: readonly SettlementVerdict[];
  constructor(verdicts: readonly SettlementVerdict[]) {
    super({ code: 'response_refused', message: verdicts.map(({ message }) => message).join('\n') });
    this.verdicts = verdicts;
  }
}

/**
 * Passes the responses in the messages through the gate (law 6). Those of tasks that have their outcome are without
 * effect. Refused ones that are new, behind the last assistant message, are an error; older ones are only reported.
 *
 * @throws {ResponseRefusedError}
 */
export async function admitResponses(input: {
  runtime: Runtime;
  tools: ToolDefinitions;
  scope: Scope;
  bound: readonly BoundCall[];
  orphans: readonly PlacedResult[];
  /** Messages from this index on are new. */
  newFrom: number;
}): Promise<void> {
  const { runtime, scope, newFrom } = input;
  const refused: SettlementVerdict[] = [];
  for (const { result, task } of await answers(input)) {
    const verdict =
      task === undefined ? unknown(result.response) : await admit({ ...input, value: result.response, task });
    if (verdict === undefined || !mustBeTold(verdict)) continue;
    if (result.message >= newFrom) refused.push(verdict);
    else await runtime.report('history.ignored', { scope, id: verdict.id }, { detail: verdict.verdict });
  }
  if (refused.length > 0) throw new ResponseRefusedError(refused);
}

interface Answer {
  readonly result: PlacedResult;
  /** `undefined`: nobody knows the task. */
  readonly task: TaskRecord | undefined;
}

async function answers(input: {
  runtime: Runtime;
  scope: Scope;
  bound: readonly BoundCall[];
  orphans: readonly PlacedResult[];
}): Promise<Answer[]> {
  const { runtime, scope, bound, orphans } = input;
  const answering = ({ response }: PlacedResult) => response !== undefined;
  const toCalls = bound
    .filter((call) => call.by !== 'history') // told long ago, and proved by the history itself
    .flatMap((call) =>
      call.results.filter(answering).map((result) => ({ result, task: call.by === 'task' ? call.task : undefined })),
    );
  const toNothing = orphans.filter(answering).map(async (result) => {
    const id = idNamedBy(result.response);
    return { result, task: id === undefined ? undefined : await runtime.store.get({ scope, id }) };
  });
  return [...toCalls, ...(await Promise.all(toNothing))];
}

async function admit(input: {
  runtime: Runtime;
  tools: ToolDefinitions;
  scope: Scope;
  value: unknown;
  task: TaskRecord;
}): Promise<SettlementVerdict | undefined> {
  const { runtime, tools, scope, value, task } = input;
  if (!isOpen(task)) return undefined;
  const response = readResponse(value);
  if (response === undefined) return settle({ runtime, tools, scope, response: value });
  if (!(await proven(runtime, response))) return unproven(task);
  return settle({ runtime, tools, scope, response, arrivedAt: Date.parse(response.settledAt) });
}

function proven({ signer }: Runtime, response: AsyncFunctionResponse<Json>): Promise<boolean> {
  return verifyResponse(signer, response);
}

function unproven(task: TaskRecord): SettlementVerdict {
  return verdictOf({
    verdict: 'unauthorized',
    id: task.id,
    message: `The response for "${task.id}" has no valid signature, so it may have been written by anybody who can post messages. Make the message with asyncFunctionResponseMessage of the same Latecall, or of one with the same secret, or settle the task in the store.`,
  });
}

function unknown(value: unknown): SettlementVerdict {
  return verdictOf({ verdict: 'unknown', id: idNamedBy(value) ?? '' });
}

/** The other verdicts mean that the task already has its outcome: the model is told that one. */
function mustBeTold({ verdict }: SettlementVerdict): boolean {
  return verdict === 'unknown' || verdict === 'unauthorized' || verdict === 'invalid';
}
