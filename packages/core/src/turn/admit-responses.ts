import type { Json } from '../base/json.ts';
import { LatecallError } from '../base/latecall-error.ts';
import type { Scope } from '../base/scope.ts';
import type { AsyncFunctionResponse } from '../parts/async-function-response.ts';
import { verifyResponse } from '../parts/sign-part.ts';
import { type SettlementVerdict, verdictOf } from '../parts/verdict.ts';
import type { Runtime } from '../runtime.ts';
import { acceptsLate, sequelId } from '../settle/sequel.ts';
import { settle } from '../settle/settle.ts';
import type { ToolDefinitions } from '../task/async-tool-definition.ts';
import { isOpen, isTerminal, type TaskRecord } from '../task/task.ts';
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
  refused: 'throw' | 'report';
}): Promise<void> {
  const { runtime, scope } = input;
  const newFrom = input.refused === 'throw' ? input.newFrom : Number.POSITIVE_INFINITY;
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
  if (!(await mayTake(runtime, task))) return undefined;
  const verdict = await passThrough({ runtime, tools, scope, value, task });
  return verdict.verdict === 'unauthorized' && (await wasWithheld(runtime, task)) ? undefined : verdict;
}

/** The policy has refused the result: that is the task's outcome, and the model is told it. */
async function wasWithheld({ store }: Runtime, task: TaskRecord): Promise<boolean> {
  const judged = await store.get(acceptsLate(task) ? { scope: task.scope, id: sequelId(task.id) } : task);
  return judged !== undefined && isTerminal(judged.status);
}

/** The task waits for its outcome; or for a late one, which has not come. */
async function mayTake({ store }: Runtime, task: TaskRecord): Promise<boolean> {
  if (!acceptsLate(task)) return isOpen(task);
  const sequel = await store.get({ scope: task.scope, id: sequelId(task.id) });
  return sequel === undefined || isOpen(sequel);
}

async function passThrough(input: {
  runtime: Runtime;
  tools: ToolDefinitions;
  scope: Scope;
  value: unknown;
  task: TaskRecord;
}): Promise<SettlementVerdict> {
  const { runtime, tools, scope, value, task } = input;
  const response = readResponse(value);
  if (response === undefined) return settle({ runtime, tools, scope, response: value });
  if (!(await proven(runtime, response))) return unproven(task);
  return settle({ runtime, tools, scope, response, arrivedAt: Date.parse(response.settledAt) });
}

/**
 * Settles a task with a response that came through hands which could have changed it, as with what an interrupted run is
 * resumed with: only a signed one counts. Never throws for bad input; what is refused is reported and changes nothing.
 */
export async function settleSigned(input: {
  runtime: Runtime;
  tools: ToolDefinitions;
  scope: Scope;
  /** Untrusted JSON that should be one. */
  response: unknown;
}): Promise<SettlementVerdict> {
  const { runtime, tools, scope, response: value } = input;
  const id = idNamedBy(value);
  const task = id === undefined ? undefined : await runtime.store.get({ scope, id });
  const verdict = task === undefined ? unknown(value) : await passThrough({ runtime, tools, scope, value, task });
  if (mustBeTold(verdict))
    await runtime.report('history.ignored', { scope, id: verdict.id }, { detail: verdict.verdict });
  return verdict;
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
