import { bytesOf } from '../base/json.ts';
import { LatecallError } from '../base/latecall-error.ts';
import type { Scope } from '../base/scope.ts';
import {
  type AsyncFunctionResponse,
  parseAsyncFunctionResponse,
  parseOutcome,
} from '../parts/async-function-response.ts';
import { type Outcome, type Settlement, toOutcome, toSettlement, withholding } from '../parts/outcome.ts';
import { type SettlementVerdict, type Verdict, verdictOf } from '../parts/verdict.ts';
import { authorize, permissionsOf } from '../policy/ask-policy.ts';
import type { PolicyDecision } from '../policy/policy.ts';
import type { Runtime } from '../runtime.ts';
import type { AsyncToolDefinition, ToolDefinitions } from '../task/async-tool-definition.ts';
import { isDue, isOpen, type Scheduling, type TaskRecord } from '../task/task.ts';
import { tokenFits } from '../task/token.ts';
import { cancelDependents } from './cancel.ts';
import { finishSettling, reportSettled } from './finish-settling.ts';
import { quarantine } from './quarantine.ts';
import { acceptsLate, sequelOf } from './sequel.ts';
import { validateResult } from './validate-result.ts';

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
  const { runtime, tools, functionCall, outcome, task } = attempt;
  const told = (verdict: Verdict, message?: string) =>
    verdictOf({ verdict, id: task.id, task, ...(message === undefined ? {} : { message }) });

  if (!(await tokenFits(attempt, task))) return told('unauthorized');
  const wrongCall = functionCall === undefined ? undefined : differentCall(functionCall, task);
  if (wrongCall !== undefined) return told('invalid', wrongCall);
  const definition = tools.get(task.toolName);
  const checked = tooLarge(runtime, outcome, task) ?? (await check(definition, outcome, task));
  if ('cause' in checked) await reportSchemaFailure(runtime, task, checked.cause);
  const late = isLateResult(task, outcome);
  if (!('settlement' in checked)) {
    return late || mayBeMended(attempt) ? told('invalid', checked.problem) : afterTheFact(attempt);
  }
  const valid = { ...attempt, settlement: checked.settlement, definition };
  return late ? passSequel(valid) : decide(valid);
}

async function reportSchemaFailure(runtime: Runtime, task: TaskRecord, cause: unknown): Promise<void> {
  const told = cause instanceof Error ? cause.message : String(cause);
  await runtime.report('task.refused', task, { detail: `resultSchema failed: ${told}` });
}

/** A right answer may still come. */
function mayBeMended({ runtime, task, arrivedAt }: Attempt): boolean {
  const now = Math.min(arrivedAt ?? Number.POSITIVE_INFINITY, runtime.clock.now());
  return isOpen(task) && (task.lateResult === 'accept' || !isDue(task, now));
}

/** An attempt with an outcome that fits. */
type ValidAttempt = Attempt & {
  readonly settlement: Settlement;
  readonly definition: AsyncToolDefinition | undefined;
};

/** The last two steps of the gate: the policy, and the compare-and-set. */
async function decide(attempt: ValidAttempt): Promise<SettlementVerdict> {
  const { runtime, task, settlement } = attempt;
  if (wasWithheld(task)) return verdictOf({ verdict: 'unauthorized', id: task.id });
  const decision = isOpen(task)
    ? await authorize(runtime, { at: 'arrival', task, outcome: toOutcome(settlement) })
    : allowed;
  if (decision?.allow === false) return withhold(attempt, decision);
  return compareAndSet({ ...attempt, authorized: decision !== undefined });
}

/** That nothing has come is no news. */
function isLateResult(task: TaskRecord, { status }: Outcome): boolean {
  return acceptsLate(task) && status !== 'expired';
}

/** A late result passes the same gate, as the outcome of the sequel. */
async function passSequel(attempt: ValidAttempt, pass: typeof decide = decide): Promise<SettlementVerdict> {
  const { runtime, task } = attempt;
  const sequel = await sequelOf(runtime, task);
  if (sequel === undefined) return verdictOf({ verdict: 'late', id: task.id, task });
  const { verdict, task: after } = await pass({ ...attempt, task: sequel });
  return verdictOf({ verdict, id: task.id, task: after });
}

const allowed: PolicyDecision = { allow: true };

function wasWithheld({ settlement }: TaskRecord): boolean {
  return settlement !== undefined && toOutcome(settlement).status === 'withheld';
}

/** What is no valid result is not one of a closed task either: the store says why it loses. */
async function afterTheFact(attempt: Attempt): Promise<SettlementVerdict> {
  const { runtime, task, outcome } = attempt;
  const settlement = toSettlement(outcome) ?? { status: 'cancelled', reason: 'withheld' };
  const { verdict, task: after } = await runtime.store.settle(task, { settlement, now: runtime.clock.now() });
  await keep(attempt, verdict);
  return verdictOf({ verdict, id: task.id, task: after });
}

/** The policy says no: the result goes into quarantine, and the task ends without it. */
async function withhold(attempt: Attempt, decision: PolicyDecision): Promise<SettlementVerdict> {
  const { runtime, task, outcome } = attempt;
  const state = permissionsOf(task, decision);
  await quarantine({ runtime, task, reason: 'unauthorized', outcome, ...state });
  const settlement = withholding(decision.reason);
  const { verdict, task: after } = await runtime.store.settle(task, { settlement, now: runtime.clock.now() });
  if (verdict === 'accepted' && after !== undefined) await reportSettled(runtime, after);
  return verdictOf({ verdict: 'unauthorized', id: task.id });
}

/** A result that came too late is kept for people. */
async function keep({ runtime, task, outcome }: Attempt, verdict: Verdict): Promise<void> {
  if (verdict === 'late' || verdict === 'cancelled') await quarantine({ runtime, task, reason: verdict, outcome });
}

async function compareAndSet(
  winning: ValidAttempt & {
    /** The policy could be asked. */
    readonly authorized: boolean;
  },
): Promise<SettlementVerdict> {
  const { runtime, task, settlement, scheduling, arrivedAt, definition, authorized } = winning;
  const now = runtime.clock.now();
  const works = settlement.status === 'completed' && definition?.onResult !== undefined;
  const hold = authorized ? (works ? 'settling' : undefined) : 'authorizing';
  const { verdict, task: after } = await runtime.store.settle(task, {
    settlement,
    now: Math.min(arrivedAt ?? now, now),
    hold,
    scheduling,
  });
  if (verdict === 'late' && after !== undefined && isLateResult(after, winning.outcome)) {
    return passSequel(winning, (attempt) => compareAndSet({ ...attempt, authorized }));
  }
  await keep(winning, verdict);
  if (verdict !== 'accepted' || after === undefined) return verdictOf({ verdict, id: task.id, task: after });
  if (hold === 'authorizing') return verdictOf({ verdict, id: task.id, task: after }); // asked again at the next wake
  const finished = hold === undefined ? after : await finishSettling({ runtime, definition, task: after });
  if (hold === undefined) await reportSettled(runtime, after);
  if (finished.status === 'cancelled') await cancelDependents(winning, finished);
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

/** Why an outcome is not taken; `cause` is not for its sender. */
interface Problem {
  readonly problem: string;
  readonly cause?: unknown;
}

async function check(
  definition: AsyncToolDefinition | undefined,
  outcome: Outcome,
  task: TaskRecord,
): Promise<{ settlement: Settlement } | Problem> {
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

function tooLarge({ limits }: Runtime, outcome: Outcome, task: TaskRecord): Problem | undefined {
  const size = bytesOf(outcome.status === 'completed' ? outcome.result : { ...outcome });
  if (size <= limits.resultBytes) return undefined;
  return {
    problem: `The result of "${task.id}" has ${size} bytes, and at most ${limits.resultBytes} are taken. Keep it where it is and send a reference to it, or raise limits.resultBytes.`,
  };
}
