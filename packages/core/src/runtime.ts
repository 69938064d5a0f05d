import { type Clock, systemClock } from './base/clock.ts';
import { type Duration, toMilliseconds } from './base/duration.ts';
import { cryptoRandomBytes, type RandomBytes } from './base/random.ts';
import { createSigner, type Signer } from './parts/signature.ts';
import type { AuditEvent, AuditSink } from './task/audit.ts';
import { createMemoryStore } from './task/memory-store.ts';
import type { Policy } from './task/policy.ts';
import type { TaskRecord } from './task/task.ts';
import type { TaskRef, TaskStore } from './task/task-store.ts';

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
  readonly audit?: AuditSink;
  /**
   * After this time a claim on a result counts as left behind by a crashed run, and another run may show the result.
   * Choose it longer than your longest model call. @default '10m'
   */
  readonly takeOverAfter?: Duration;
  readonly clock?: Clock;
  readonly randomBytes?: RandomBytes;
}

/** What the functions of core need from their surroundings. Made once by {@link createRuntime}. */
export interface Runtime {
  readonly store: TaskStore;
  readonly signer: Signer;
  readonly callbackUrl: string | undefined;
  readonly policy: Policy;
  readonly takeOverAfterMs: number;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  /** Dispatches that this process is in the middle of, by task id; a second run joins them. */
  readonly dispatching: Map<string, Promise<TaskRecord>>;
  /** Outcomes whose `onResult` this process is running, by task id. */
  readonly settling: Map<string, Promise<TaskRecord>>;
  /** Reports one event about a task; resolves when the sink has taken it. */
  readonly report: (
    type: AuditEvent['type'],
    task: TaskRef & Partial<Pick<TaskRecord, 'toolName' | 'handle'>>,
    more?: Pick<AuditEvent, 'turn' | 'detail'>,
  ) => Promise<void>;
}

/** Fills in the defaults of {@link RuntimeOptions}. */
export function createRuntime(options: RuntimeOptions = {}): Runtime {
  const {
    store = createMemoryStore(),
    callbackUrl,
    policy = {},
    audit,
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
    takeOverAfterMs: toMilliseconds(takeOverAfter),
    clock,
    randomBytes,
    dispatching: new Map(),
    settling: new Map(),
    report: async (type, { scope, id, toolName, handle }, more = {}) => {
      const named = toolName === undefined || handle === undefined ? {} : { toolName, handle };
      await audit?.({ type, at: clock.now(), scope, id, ...named, ...more });
    },
  };
}
