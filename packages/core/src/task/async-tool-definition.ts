import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Duration } from '../base/duration.ts';
import type { Scope } from '../base/scope.ts';
import type { Delivery, Scheduling, TaskRecord } from './task.ts';

/** What `dispatch` is given beside its input. */
export interface DispatchContext {
  /** The task's unguessable id; a response must name it. */
  readonly id: string;
  /** The task's short name, the only id a model sees. */
  readonly handle: string;
  /**
   * Equal for every attempt at this dispatch, also after a crash. Dispatch is at least once: the outside must do the
   * work once per key.
   */
  readonly idempotencyKey: string;
  /** Where the outside posts its result, with a token of its own; there if the app configured a callback URL. */
  readonly callback?: { readonly url: string; readonly token: string };
  /** Aborted when the run is aborted, a tool timeout passes or `dispatchTimeout` is over. */
  readonly signal: AbortSignal;
  readonly scope: Scope;
}

/**
 * An async tool without its host: what to do at dispatch, and what a result must look like. Hosts' `asyncTool` make it.
 */
// biome-ignore lint/suspicious/noExplicitAny: stands for every tool; method parameters cannot be compared otherwise
export interface AsyncToolDefinition<INPUT = any, RESULT = any, RECEIPT = any> {
  /** Starts the work and returns a receipt at once; never waits for the result. */
  readonly dispatch: (input: INPUT, context: DispatchContext) => RECEIPT | PromiseLike<RECEIPT>;
  /** What a result must look like (Standard Schema); anything else is refused as `invalid` and the task goes on. */
  readonly resultSchema?: StandardSchemaV1<unknown, RESULT>;
  /**
   * Runs after an outcome `completed` has won, before any model sees it; what it returns is the result that counts. It
   * may run again after a crash; what it returned first is kept. Where no store is kept between runs, it runs in each run
   * until the result was told. A throw makes the task `failed`.
   */
  readonly onResult?: (result: RESULT, task: TaskRecord) => RESULT | PromiseLike<RESULT>;
  /** Tells the outside that nobody waits any more. A throw changes nothing about the cancellation. */
  readonly onCancel?: (task: TaskRecord) => void | PromiseLike<void>;
  /** How long after the dispatch a result is accepted. Without it: for ever. */
  readonly deadline?: Duration;
  /** How long `dispatch` may take. @default '1m' */
  readonly dispatchTimeout?: Duration;
  /**
   * What a re-run does when an earlier dispatch began but never reported back: run it again with the same key, or give
   * the task up as `failed` with code `interrupted`. @default 'retry'
   */
  readonly onInterruptedDispatch?: 'retry' | 'fail';
  /**
   * What the run does while the call is pending: `suspend`, it stops; `continue`, the model reads that nothing has come
   * yet and goes on working. @default 'suspend'
   */
  readonly mode?: Mode;
  /**
   * How a result enters a conversation that has moved on. `auto` picks what the model takes: `native` where the call was
   * left open, else `append`, else `envelope`. A result that no model waited for takes the placeholder's place.
   * @default 'auto'
   */
  readonly delivery?: 'auto' | Exclude<Delivery, 'replace'>;
  /** When a result enters; a response may say otherwise. @default 'when-idle' */
  readonly scheduling?: Scheduling;
}

/** What a run does while a call is pending. */
export type Mode = 'suspend' | 'continue';
