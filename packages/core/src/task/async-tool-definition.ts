import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Duration } from '../base/duration.ts';
import type { Json } from '../base/json.ts';
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

/** What the app answered to a question of the outside. */
export interface InputAnswer {
  /** Names the question. */
  readonly key: string;
  readonly answer: Json;
}

/** What an async tool says beside what to do at dispatch: the same in every host. */
export interface AsyncToolSettings<INPUT, RESULT> {
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
  /**
   * Tells the outside the answer to a question of its own (`inputRequest`). At least once: it is called again if the app
   * gives the same answer again. The outside can also read answers from the state of its task.
   */
  readonly onInput?: (answer: InputAnswer, task: TaskRecord) => void | PromiseLike<void>;
  /** How long after the dispatch a result is accepted. Without it: for ever. */
  readonly deadline?: Duration;
  /**
   * What comes of a result after the deadline. `refuse`: the task is over for good, and the result goes into
   * quarantine. `accept`: the model is told at the deadline that nothing has come, and later the result, if one comes.
   * @default 'refuse'
   */
  readonly lateResult?: 'refuse' | 'accept';
  /**
   * What comes of a result that speaks of a world that has changed since, as the policy finds: the model reads it with
   * a mark, or is told only that there is one. @default 'mark'
   */
  readonly staleResult?: 'mark' | 'refuse';
  /**
   * A key of the app's own for a dispatch, such as an order number: within its conversation, calls with an equal key
   * are one dispatch, whenever they are made; with other arguments they are refused. At most 200 characters.
   * @default made of the conversation, the turn, the tool, the arguments and the occurrence
   */
  readonly idempotencyKey?: (input: INPUT) => string;
  /**
   * The handles or ids of tasks of this conversation that the call builds on: it is cancelled with them, and its result
   * enters after theirs.
   */
  readonly dependsOn?: (input: INPUT) => readonly string[];
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

/**
 * An async tool without its host: what to do at dispatch, and what a result must look like. Hosts' `asyncTool` make it.
 */
// biome-ignore lint/suspicious/noExplicitAny: stands for every tool; method parameters cannot be compared otherwise
export interface AsyncToolDefinition<INPUT = any, RESULT = any, RECEIPT = any>
  extends AsyncToolSettings<INPUT, RESULT> {
  /** Starts the work and returns a receipt at once; never waits for the result. */
  readonly dispatch: (input: INPUT, context: DispatchContext) => RECEIPT | PromiseLike<RECEIPT>;
  /**
   * For a tool whose result is read from other tasks of the conversation: asked at the beginning of each run until it
   * gives the result. `tasks` are those of all branches, oldest first, the task itself among them.
   */
  readonly resolve?: (task: TaskRecord, tasks: readonly TaskRecord[]) => Json | undefined;
}

/** The async tools that a process knows, by name. */
export type ToolDefinitions = ReadonlyMap<string, AsyncToolDefinition>;

/** What a run does while a call is pending. */
export type Mode = 'suspend' | 'continue';
