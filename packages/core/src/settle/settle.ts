import { LatecallError } from '../base/latecall-error.ts';
import type { Scope } from '../base/scope.ts';
import {
  type AsyncFunctionResponse,
  parseAsyncFunctionResponse,
  parseOutcome,
} from '../parts/async-function-response.ts';
import { type Outcome, type Settlement, toOutcome, toSettlement } from '../parts/outcome.ts';
import { type SettlementVerdict, type Verdict, verdictOf } from '../parts/verdict.ts';
import type { Runtime } from '../runtime.ts';
import type { AsyncToolDefinition } from '../task/async-tool-definition.ts';
import { isOpen, type Scheduling, type TaskRecord } from '../task/task.ts';
import { tokenFits } from '../task/token.ts';
import { finishSettling } from './finish-settling.ts';
import { validateResult } from './validate-result.ts';

/** The async tools that a process knows, by name. */
export type ToolDefinitions = ReadonlyMap<string, AsyncToolDefinition>;

/**
 * What settles a task: an {@link AsyncFunctionResponse}, or a task's id and its outcome, where the sender knows no more
 * than the id, as with a callback. Both may be untrusted JSON.
 */
export type Settling =
  | { readonly response: unknown }
  | { readonly id: string; readonly outcome: unknown; readonly scheduling?: Scheduling };

/** One attempt to give a task its outcome. */
export type SettleInput = SettleContext & Settling;

interface SettleContext {
  readonly runtime: Runtime;
  readonly tools: ToolDefinitions;
  /**
   * When the outcome came, in milliseconds since the epoch, if that was before: a proven response says so itself, and a
   * conversation without a store judges it anew in each run. @default the clock's time
   */
  readonly arrivedAt?: number;
  /** The conversation that the response must belong to; left out where the token is the proof. */
  readonly scope?: Scope;
  /** The callback token. Give the key for everything that comes from outside, even when the value is missing. */
  readonly token?: string | undefined;
}

/**
 * Phase 2 of a call, the gate on arrival (law 6): token, validation, authorization, compare-and-set; then `onResult`.
 * Never throws for bad input: the verdict says what is wrong and, unless `accepted`, nothing has changed.
 */
export async function settle(input: SettleInput): Promise<SettlementVerdict> {
  const parsed = parse(input);
  if ('verdict' in parsed) return parsed;
  const task = await find(input, parsed.id);
  if (task === undefined) return verdictOf({ verdict: 'unknown', id: parsed.id });
  const result = await pass({ ...input, ...parsed, task });
  if (result.verdict !== 'accepted') await input.runtime.report('task.refused', task, { detail: result.verdict });
  return result;
}

/** A settling whose shape was checked. */
interface Parsed {
  readonly id: string;
  readonly outcome: Outcome;
  readonly functionCall?: AsyncFunctionResponse['functionCall'];
  readonly scheduling?: Scheduling;
}

type Attempt = SettleContext & Parsed & { readonly task: TaskRecord };

async function pass(attempt: Attempt): Promise<SettlementVerdict> {
  const { runtime, tools, functionCall, outcome, scheduling, arrivedAt, task } = attempt;
  const told = (verdict: Verdict, message?: string) =>
    verdictOf({ verdict, id: task.id, task, ...(message === undefined ? {} : { message }) });

  if (!(await tokenFits(attempt, task))) return told('unauthorized');
  const wrongCall = functionCall === undefined ? undefined : differentCall(functionCall, task);
  if (wrongCall !== undefined) return told('invalid', wrongCall);
  const definition = tools.get(task.toolName);
  const checked = await check(definition, outcome, task);
  if (!('settlement' in checked))
    return isOpen(task) ? told('invalid', checked.problem) : afterTheFact(runtime, task, outcome);
  if (isOpen(task) && !(await authorized(runtime, task, checked.settlement))) return told('unauthorized');

  return compareAndSet({ runtime, task, settlement: checked.settlement, scheduling, arrivedAt, definition });
}

/** What is no valid result is not one of a closed task either: the store says why it loses. */
async function afterTheFact(runtime: Runtime, task: TaskRecord, outcome: Outcome): Promise<SettlementVerdict> {
  const settlement = toSettlement(outcome) ?? { status: 'cancelled', reason: 'withheld' };
  const { verdict, task: after } = await runtime.store.settle(task, { settlement, now: runtime.clock.now() });
  return verdictOf({ verdict, id: task.id, task: after });
}

async function compareAndSet(winning: {
  runtime: Runtime;
  task: TaskRecord;
  settlement: Settlement;
  scheduling: Scheduling | undefined;
  arrivedAt: number | undefined;
  definition: AsyncToolDefinition | undefined;
}): Promise<SettlementVerdict> {
  const { runtime, task, settlement, scheduling, arrivedAt, definition } = winning;
  const now = runtime.clock.now();
  const hold = settlement.status === 'completed' && definition?.onResult !== undefined;
  const { verdict, task: after } = await runtime.store.settle(task, {
    settlement,
    now: Math.min(arrivedAt ?? now, now),
    hold,
    scheduling,
  });
  if (verdict !== 'accepted' || after === undefined) return verdictOf({ verdict, id: task.id, task: after });
  const finished = hold ? await finishSettling({ runtime, definition, task: after }) : after;
  if (!hold) await runtime.report('task.settled', after, { detail: settlement.status });
  return verdictOf({ verdict, id: task.id, task: finished });
}

function parse(settling: Settling): SettlementVerdict | Parsed {
  const claimed = 'response' in settling ? settling.response : settling;
  try {
    if ('response' in settling) return parseAsyncFunctionResponse(settling.response);
    const { id, outcome, scheduling } = settling;
    return { id, outcome: parseOutcome(outcome), ...(scheduling === undefined ? {} : { scheduling }) };
  } catch (error) {
    if (!LatecallError.isInstance(error)) throw error;
    const id = typeof claimed === 'object' && claimed !== null && 'id' in claimed ? String(claimed.id) : '';
    return verdictOf({ verdict: 'invalid', id, message: error.message });
  }
}

async function find({ runtime, scope }: SettleContext, id: string): Promise<TaskRecord | undefined> {
  const { store } = runtime;
  const where = scope ?? (await store.locate(id));
  return where === undefined ? undefined : store.get({ scope: where, id });
}

function differentCall(functionCall: AsyncFunctionResponse['functionCall'], task: TaskRecord): string | undefined {
  const expected = `The task "${task.id}" is the call "${task.callIds[0]}" of tool "${task.toolName}"`;
  if (functionCall.name !== task.toolName) return `${expected}, but the response names tool "${functionCall.name}".`;
  if (task.callIds.includes(functionCall.callId)) return undefined;
  return `${expected}, but the response names call "${functionCall.callId}". Copy functionCall from the request.`;
}

async function check(
  definition: AsyncToolDefinition | undefined,
  outcome: Outcome,
  task: TaskRecord,
): Promise<{ settlement: Settlement } | { problem: string }> {
  const settlement = toSettlement(outcome);
  if (settlement === undefined) {
    return {
      problem: `"${task.id}" cannot be settled as withheld: only the policy decides that, when a result is consumed.`,
    };
  }
  if (settlement.status !== 'completed') return { settlement };
  if (definition === undefined) {
    return {
      problem: `"${task.id}" is a task of tool "${task.toolName}", which is not among the async tools given here.`,
    };
  }
  const validated = await validateResult({ schema: definition.resultSchema, result: settlement.result, task });
  return 'problem' in validated ? validated : { settlement: { status: 'completed', result: validated.result } };
}

async function authorized(runtime: Runtime, task: TaskRecord, settlement: Settlement): Promise<boolean> {
  try {
    return (await runtime.policy.authorize?.({ at: 'arrival', task, outcome: toOutcome(settlement) })) ?? true;
  } catch (error) {
    await runtime.report('policy.failed', task, { detail: error instanceof Error ? error.message : String(error) });
    return false;
  }
}
