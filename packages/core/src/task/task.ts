import type { Json } from '../base/json.ts';
import type { Scope } from '../base/scope.ts';
import { isDispatchFailure } from '../dispatch/dispatch-error.ts';
import type { Outcome, Settlement } from '../parts/outcome.ts';
import type { LogEntry, Progress } from '../parts/progress.ts';
import type { InputExchange, Quarantined } from './notes.ts';

/**
 * The words of MCP Tasks (SEP-2663). `completed`, `failed` and `cancelled` are terminal and never change. Expiry is
 * stored as `failed` with code `expired`.
 */
export type TaskStatus = 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled';

/**
 * Where a `working` task stands: `dispatching` until the dispatch result is stored; once an outcome has won,
 * `authorizing` if the policy could not be asked about it yet, `settling` if the tool's `onResult` has yet to run. Left
 * out in between.
 */
export type TaskPhase = 'dispatching' | 'authorizing' | 'settling';

/**
 * How a late result enters a prompt. `replace`: in the place of the placeholder. `append`: the placeholder stays and a
 * synthetic call with its result follows. `envelope`: the placeholder stays and a fenced user message follows. `native`:
 * the call was left open, and its own result follows later. Fixed when the result is first claimed, for ever (law 13).
 */
export type Delivery = 'replace' | 'append' | 'envelope' | 'native';

/**
 * When a result enters, and whether it wakes anybody. `interrupt`: at the next step boundary of a running generation.
 * `when-idle`: when the conversation is at rest. `silent`: with the next prompt that anyone sends; nobody is woken.
 */
export type Scheduling = 'interrupt' | 'when-idle' | 'silent';

/** Who is about to show a result to a model. */
export interface Claim {
  /** One attempt at one turn; the same across a provider's retries. */
  readonly claimant: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** It was this claim that fixed the delivery. */
  readonly fixedDelivery: boolean;
}

/** The runtime's record of one dispatch. Plain JSON; times in milliseconds since the epoch. */
export interface TaskRecord {
  readonly id: string;
  readonly handle: string;
  readonly scope: Scope;
  /** The turn whose response held the call. */
  readonly turn: string;
  readonly toolName: string;
  /** The call's ids: the first one, then those of re-run steps that joined this task by its key. */
  readonly callIds: readonly string[];
  readonly arguments: Json;
  readonly idempotencyKey: string;
  readonly status: TaskStatus;
  readonly phase?: TaskPhase;
  /** The receipt. */
  readonly dispatchResult?: Json;
  /** SHA-256 of the callback token, one more per repeated dispatch; the tokens themselves are stored nowhere. */
  readonly tokenHashes: readonly string[];
  readonly createdAt: number;
  readonly dispatchedAt?: number;
  /** The last that was reported. */
  readonly progress?: Progress;
  /** What was reported, oldest first; see `noteLimits` for how much is kept. */
  readonly log?: readonly LogEntry[];
  /** How many news were taken. */
  readonly newsCount?: number;
  /** The number of the last news, if the sender counts them. */
  readonly newsSequence?: number;
  /** What the outside asked in the life of the task, oldest first. */
  readonly inputs?: readonly InputExchange[];
  /** Results that came and that no model may see. */
  readonly quarantine?: readonly Quarantined[];
  /** When the tool's `onCancel` had told the outside that the task was cancelled. */
  readonly cancelToldAt?: number;
  readonly deadlineAt?: number;
  /** What comes of a result after the deadline. Left out: `refuse`. */
  readonly lateResult?: 'accept';
  /** This task only brings the late result of that one, which had expired and accepts late results. */
  readonly sequelOf?: string;
  /** The tasks of this conversation that it builds on: it is cancelled with them, and is told after them. */
  readonly dependsOn?: readonly string[];
  /** What was permitted when the call was made, as the policy said. */
  readonly permissions?: Json;
  /** Left out: `when-idle`. */
  readonly scheduling?: Scheduling;
  /** The state of the world at dispatch, as the policy took it; compared when the result is consumed. */
  readonly snapshot?: Json;
  /** When a model was first sent the placeholder; `replace` is out of the question from then on. */
  readonly placeholderSentAt?: number;
  /** The outcome that won, as it arrived; later attempts are compared with it. */
  readonly settlement?: Settlement;
  /** What the tool's `onResult` made of it; counts instead of `settlement`. */
  readonly finalSettlement?: Settlement;
  readonly settledAt?: number;
  readonly claim?: Claim;
  readonly delivery?: TaskDelivery;
  /** What the model was told, once it was. */
  readonly consumption?: Told & { readonly turn: string; readonly at: number };
}

/** What a model was told of a task. */
export interface Told {
  readonly outcome: Outcome;
  /** What the result speaks of had changed since the dispatch, and the model was told so. */
  readonly stale?: boolean;
}

/** `true` for a task whose failure to be dispatched the host reported as a tool error: the history tells it. */
export function neverDispatched({ dispatchedAt, settlement }: TaskRecord): boolean {
  return dispatchedAt === undefined && settlement?.status === 'failed' && isDispatchFailure(settlement.error.code);
}

/** Where in a conversation a result stands. */
export interface TaskDelivery {
  readonly kind: Delivery;
  /** Unless `replace`: how many messages lie between the message with the call and the result. */
  readonly offset: number;
}

/** `true` once a task has its one outcome. */
export function isTerminal(status: TaskStatus): status is 'completed' | 'failed' | 'cancelled' {
  switch (status) {
    case 'completed':
    case 'failed':
    case 'cancelled':
      return true;
    case 'working':
    case 'input_required':
      return false;
    default:
      return status satisfies never;
  }
}

/** The outcome that counts; `undefined` while the task is not terminal. */
export function settlementOf(task: TaskRecord): Settlement | undefined {
  return isTerminal(task.status) ? (task.finalSettlement ?? task.settlement) : undefined;
}

/** `true` while an outcome may still come: not terminal, and none has won yet. */
export function isOpen(task: Pick<TaskRecord, 'status' | 'phase'>): boolean {
  return !isTerminal(task.status) && task.phase !== 'settling' && task.phase !== 'authorizing';
}

/** `true` once the deadline has passed. */
export function isDue(task: Pick<TaskRecord, 'deadlineAt'>, now: number): boolean {
  return task.deadlineAt !== undefined && task.deadlineAt <= now;
}
