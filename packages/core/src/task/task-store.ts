import type { Json } from '../base/json.ts';
import type { Scope } from '../base/scope.ts';
import type { Settlement } from '../parts/outcome.ts';
import type { NoteResult, TaskNote } from './notes.ts';
import type { Scheduling, TaskDelivery, TaskRecord, TaskStatus, Told } from './task.ts';

/**
 * What a new task is created from. It starts `working`, in phase `dispatching` unless `dispatchedAt` is given (a task
 * taken over from a signed request).
 */
export type NewTask = Pick<
  TaskRecord,
  | 'id'
  | 'handle'
  | 'scope'
  | 'turn'
  | 'toolName'
  | 'callIds'
  | 'arguments'
  | 'idempotencyKey'
  | 'dispatchResult'
  | 'tokenHashes'
  | 'createdAt'
  | 'dispatchedAt'
  | 'deadlineAt'
  | 'lateResult'
  | 'sequelOf'
  | 'dependsOn'
  | 'scheduling'
  | 'snapshot'
  | 'permissions'
>;

/** `exists`: same id, or same key in the same scope; `handle_taken`: choose another handle and try again. */
export type CreateResult =
  | { readonly result: 'created' | 'exists'; readonly task: TaskRecord }
  | { readonly result: 'handle_taken' };

/** What the parts of Latecall change in a task besides its outcome. Fields that are left out stay as they are. */
export interface TaskChange {
  /** Ends the phase `dispatching`. The first one stays; once the dispatch was given up as failed, none is taken. */
  readonly dispatched?: { readonly dispatchResult: Json; readonly at: number };
  /** Adds the call id of a re-run step. */
  readonly callId?: string;
  /** Adds the hash of a repeated dispatch's callback token. */
  readonly tokenHash?: string;
  /** The first one stays. */
  readonly placeholderSentAt?: number;
}

/**
 * What a settlement attempt is told (law 3). An HTTP callback answers accepted 202, duplicate 200, conflict 409,
 * late and cancelled 410, unknown 404.
 */
export type StoreVerdict = 'accepted' | 'duplicate' | 'conflict' | 'late' | 'cancelled' | 'unknown';

/** The verdict, and the task as it stands after the attempt; no task if it is unknown. */
export interface SettleResult {
  readonly verdict: StoreVerdict;
  readonly task?: TaskRecord;
}

/** An outcome that somebody brings. */
export interface SettleAttempt {
  readonly settlement: Settlement;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The winner leaves the task in this phase, until {@link TaskStore.finish}. @default it is terminal at once */
  readonly hold?: 'authorizing' | 'settling' | undefined;
  /** Overrides the task's own. */
  readonly scheduling?: Scheduling | undefined;
}

/** Which task: its id counts only within its scope. */
export interface TaskRef {
  readonly scope: Scope;
  readonly id: string;
}

/** Who shows which results, and how. */
export interface ClaimRequest {
  readonly scope: Scope;
  readonly claimant: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The tasks wanted and where their results would stand; a delivery that was fixed before stays as it is. */
  readonly wanted: readonly { readonly id: string; readonly delivery: TaskDelivery }[];
  /** Takes claims over that are older than this many milliseconds; without it a claim is never taken over. */
  readonly takeOverAfterMs?: number;
}

/** Which tasks of a scope. Conditions add up. */
export interface TaskFilter {
  readonly statuses?: readonly TaskStatus[];
  /** Tasks that have one of these call ids. */
  readonly callIds?: readonly string[];
  /** `false`: only tasks whose outcome no model has been told. */
  readonly consumed?: boolean;
  /** Those of all branches of the scope's thread, whatever its own branch is. @default false */
  readonly everyBranch?: boolean;
}

/**
 * Of which tasks to delete. `told`: those whose outcome a model was told before that time. `settled`: also those that
 * have had their outcome since before that time, told or not. `all`: also open ones that were created before that time;
 * their results will be unknown.
 */
export type Purgeable = 'told' | 'settled' | 'all';

/** Which tasks to delete for good. */
export interface PurgeFilter {
  /** Only tasks of this thread, in all its branches, or of one branch if the scope names one. @default of everybody */
  readonly scope?: Scope;
  /** Milliseconds since the epoch: only what was over before. */
  readonly before: number;
  /** @default 'told' */
  readonly which?: Purgeable;
  /** @default all */
  readonly limit?: number;
}

/** Which conversations wait for a run. */
export interface ReadyFilter {
  /** @default all */
  readonly limit?: number;
  /**
   * Milliseconds since the epoch. A task that has been in phase `settling` since then or longer counts too: whoever was
   * to run its `onResult` has died, and a run of its conversation does it. One in phase `authorizing` counts always.
   */
  readonly settlingSince?: number | undefined;
}

/** A hint that something changed. It may be lost or repeated: read the store afterwards. */
export interface TaskHint {
  readonly scope: Scope;
  readonly id: string;
}

/**
 * Where tasks are kept. Every write is one conditional change of one task, so that SQLite, Postgres, Redis and DynamoDB
 * can all do it; only a claim changes several at once, all or nothing for two that want the same. Records that a store returns are the caller's own copies.
 */
export interface TaskStore {
  /** Idempotent by id, and by (scope, idempotencyKey). Handles are unique in (tenant, thread). */
  create(task: NewTask): Promise<CreateResult>;
  get(ref: TaskRef): Promise<TaskRecord | undefined>;
  /** The scope of a task by its id alone, for callers that prove themselves by its token. */
  locate(id: string): Promise<Scope | undefined>;
  /** How many tasks of the scope wait for an outcome, those in phase `settling` included. */
  countOpen(scope: Scope): Promise<number>;
  /** Deletes tasks for good, those that are over for longest first; returns how many. */
  purge(which: PurgeFilter): Promise<number>;
  /** Oldest first. */
  list(scope: Scope, filter?: TaskFilter): Promise<TaskRecord[]>;
  /** `undefined` if the task is unknown. */
  update(ref: TaskRef, change: TaskChange): Promise<TaskRecord | undefined>;
  /**
   * Writes a note to a task as `noteOn` says: what it decides must hold for the task as it is then, so a store that
   * reads it first compares before it writes and begins anew if something changed in between.
   */
  note(ref: TaskRef, note: TaskNote): Promise<NoteResult>;
  /**
   * The only door to an outcome: one compare-and-set that also checks the deadline. With `hold` the winner leaves the
   * task in that phase until {@link TaskStore.finish}.
   */
  settle(ref: TaskRef, attempt: SettleAttempt): Promise<SettleResult>;
  /** Ends the phase `authorizing` or `settling` with the outcome that counts. The first call wins; later ones return what it stored. */
  finish(ref: TaskRef, settlement: Settlement): Promise<TaskRecord | undefined>;
  /** Settles tasks whose deadline has passed; each is returned to one caller once. */
  expireDue(due: { now: number; scope?: Scope; limit?: number }): Promise<TaskRecord[]>;
  /**
   * When the next open task with a deadline is due, in milliseconds since the epoch; it may have passed. `undefined` if
   * no open task has one.
   */
  nextDeadline(): Promise<number | undefined>;
  /**
   * The conversations that somebody is to be woken for, each once, the one that waits longest first: those with an
   * outcome that no model was told, see `isReady`. Claimed ones count, for whoever claimed them may have died.
   */
  ready(which?: ReadyFilter): Promise<Scope[]>;
  /** Of the wanted tasks those that are terminal, not consumed, and now this claimant's. Repeatable by it. */
  claim(request: ClaimRequest): Promise<TaskRecord[]>;
  /**
   * Gives claims back. After an abort or an error (`sent`) their deliveries stay fixed, for a provider has seen them;
   * where no prompt went out, a delivery that the claim had fixed is free again.
   */
  release(claims: { scope: Scope; claimant: string; ids: readonly string[]; sent: boolean }): Promise<void>;
  /** Marks a claimed result as told; `false` if the claim is not this claimant's or it was consumed before. */
  consume(ref: TaskRef, by: { claimant: string; turn: string; now: number; told: Told }): Promise<boolean>;
  /**
   * Calls `listener` with hints until the returned function is called: of notes, updates, outcomes and claims that were
   * given back, but not of claims and consumptions, or a run would wake others by going about its work.
   */
  subscribe(listener: (hint: TaskHint) => void): () => void;
}
