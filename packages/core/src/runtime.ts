import type { AuditPayload, AuditSink } from './audit/audit.ts';
import { createReporter, type Reporter } from './audit/report.ts';
import { type Clock, systemClock } from './base/clock.ts';
import { type Duration, toMilliseconds } from './base/duration.ts';
import type { Json } from './base/json.ts';
import { cryptoRandomBytes, type RandomBytes } from './base/random.ts';
import { createSigner, type Signer } from './parts/signature.ts';
import type { Policy } from './policy/policy.ts';
import { createMemoryStore } from './task/memory-store.ts';
import type { TaskRecord } from './task/task.ts';
import type { TaskStore } from './task/task-store.ts';

/** How Latecall is set up, the same for every host. */
export interface RuntimeOptions {
  /** Where tasks are kept. @default a memory store of its own */
  readonly store?: TaskStore;
  /**
   * At least 16 bytes. Signs what travels in messages. Needed when a conversation is carried on by another process
   * without a common store. @default random bytes, good for this process only
   */
  readonly secret?: string | Uint8Array;
  /** Where the outside posts results; the task's id is appended as the last segment of the path. */
  readonly callbackUrl?: string;
  readonly policy?: Policy;
  /** How long a function of the policy may take; after that it counts as failed. @default '10s' */
  readonly policyTimeout?: Duration;
  readonly audit?: AuditSink;
  /**
   * What of a call's arguments, or of an outcome, stands in audit events: the redaction hook. A throw reaches whoever
   * caused the event. @default digests only
   */
  readonly logPayload?: (payload: AuditPayload) => Json | undefined;
  readonly limits?: Limits;
  /**
   * After this time a claim on a result counts as left behind by a crashed run, and another run may show the result.
   * Choose it longer than your longest model call. @default '10m'
   */
  readonly takeOverAfter?: Duration;
  readonly clock?: Clock;
  readonly randomBytes?: RandomBytes;
}

/** How much one conversation may hold. */
export interface Limits {
  /** A result, and a receipt, may have that many bytes of JSON; what is larger is refused. @default 1_048_576 (1 MiB) */
  readonly resultBytes?: number;
  /** So many tasks of a conversation may wait for their outcome; a further dispatch is refused. @default 1_000 */
  readonly pendingTasks?: number;
}

/** What the functions of core need from their surroundings. Made once by {@link createRuntime}. */
export interface Runtime extends Reporter {
  readonly store: TaskStore;
  readonly signer: Signer;
  readonly callbackUrl: string | undefined;
  readonly policy: Policy;
  readonly policyTimeoutMs: number;
  readonly limits: Required<Limits>;
  readonly takeOverAfterMs: number;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  /** Dispatches that this process is in the middle of, by task id; a second run joins them. */
  readonly dispatching: Map<string, Promise<TaskRecord>>;
  /** Outcomes whose `onResult` this process is running, by task id. */
  readonly settling: Map<string, Promise<TaskRecord>>;
}

/** Fills in the defaults of {@link RuntimeOptions}. */
export function createRuntime(options: RuntimeOptions = {}): Runtime {
  const {
    store = createMemoryStore(),
    callbackUrl,
    policy = {},
    policyTimeout = '10s',
    audit,
    logPayload,
    limits: { resultBytes = 1_048_576, pendingTasks = 1_000 } = {},
    takeOverAfter = '10m',
    clock = systemClock,
    randomBytes = cryptoRandomBytes,
    secret = randomBytes(32),
  } = options;
  return {
    store,
    signer: createSigner(secret),
    callbackUrl,
    policy,
    policyTimeoutMs: toMilliseconds(policyTimeout),
    limits: { resultBytes, pendingTasks },
    takeOverAfterMs: toMilliseconds(takeOverAfter),
    clock,
    randomBytes,
    dispatching: new Map(),
    settling: new Map(),
    ...createReporter({ audit, logPayload, clock }),
  };
}
