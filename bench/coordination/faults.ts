import { between, pick, type Random } from '../lib/random.ts';
import { criticalPath, expectedCalls, type Instance, keyOf, nonceOf, type PlannedCall } from './instance.ts';

/** Something that goes wrong, in every instance. */
export interface Fault {
  /** What becomes of the instance's plan. */
  readonly plan: (instance: Instance, random: Random) => Instance;
  /** Before each result: it comes for an unknown, a truncated and a foreign id, and for its own in another thread. */
  readonly wrongIds?: boolean;
  /** Two processes are up, and each result reaches both at once. */
  readonly race?: boolean;
  /** Results come as messages of the history, each submitted twice. */
  readonly inHistory?: boolean;
  /** A process dies: inside a dispatch, or inside the model call that is the first to see a result. */
  readonly crash?: 'persist' | 'consume';
  /** The history is cut to a summary while calls are pending. */
  readonly trims?: boolean;
  readonly json?: boolean;
  /** Model calls are aborted half-way. */
  readonly aborts?: boolean;
}

const asPlanned = (instance: Instance) => instance;

export const faults: Readonly<Record<string, Fault>> = {
  none: { plan: asPlanned },
  'out-of-order': { plan: latestFirst },
  duplicate: { plan: (instance, random) => onEach(instance, () => ({ duplicateAfter: [between(random, 1, 500)] })) },
  'duplicate-other': {
    plan: (instance, random) =>
      onEach(instance, () => ({ duplicateAfter: [between(random, 1, 500)], otherPayload: true })),
  },
  'wrong-id': { plan: asPlanned, wrongIds: true },
  error: { plan: (instance, random) => onOne(instance, random, () => ({ error: 'upstream_failed' })) },
  late: { plan: (instance, random) => onOne(instance, random, (call) => late(call, between(random, 1, 5_000))) },
  cancel: {
    plan: (instance, random) => ({
      ...instance,
      cancel: { task: between(random, 0, instance.taskCount - 1), at: within(instance, random) },
    }),
  },
  identical: { plan: withTwins },
  'user-speaks': { plan: (instance, random) => ({ ...instance, speaksAt: within(instance, random) }) },
  'crash-persist': { plan: asPlanned, crash: 'persist' },
  'crash-consume': { plan: asPlanned, crash: 'consume' },
  'two-workers': { plan: asPlanned, race: true },
  'response-twice': { plan: asPlanned, inHistory: true },
  revoked: { plan: (instance, random) => onOne(instance, random, () => ({ revoked: true })) },
  trimmed: { plan: asPlanned, trims: true },
  json: { plan: asPlanned, json: true },
  aborted: { plan: asPlanned, aborts: true },
};

/** The instance as it would go if nothing went wrong: of the recorded plan, only the delays. */
export function withoutFaults({ cancel: _, speaksAt: __, ...instance }: Instance): Instance {
  return onEach(instance, ({ duplicateAfter: _d, error: _e, lateBy: _l, ...call }) => call, true);
}

/** The instance with what its recorded plan says. */
export function asRecorded(instance: Instance): Instance {
  return onEach(instance, (call) => (call.lateBy === undefined ? {} : late(call, call.lateBy)));
}

function onEach(instance: Instance, change: (call: PlannedCall) => Partial<PlannedCall>, whole = false): Instance {
  return {
    ...instance,
    calls: instance.calls.map((call) => (whole ? (change(call) as PlannedCall) : { ...call, ...change(call) })),
  };
}

function onOne(instance: Instance, random: Random, change: (call: PlannedCall) => Partial<PlannedCall>): Instance {
  const { key } = pick(random, expectedCalls(instance));
  return onEach(instance, (call) => (call.key === key ? change(call) : {}));
}

/** A tool has one deadline, so a call with a deadline of its own has a tool of its own. */
function late(call: PlannedCall, lateBy: number): Partial<PlannedCall> {
  return { lateBy, tool: `${call.tool}__within_${call.delay}` };
}

/** What is issued first lands last. */
function latestFirst(instance: Instance): Instance {
  const delays = instance.calls.map(({ delay }) => delay).sort((one, other) => other - one);
  return { ...instance, calls: instance.calls.map((call, at) => ({ ...call, delay: delays[at] ?? call.delay })) };
}

/** Two calls that nothing but their call ids tells apart. */
function withTwins(instance: Instance, random: Random): Instance {
  const task = instance.taskCount;
  const twins = [0, 1].map(
    (index): PlannedCall => ({
      key: keyOf(task, index),
      task,
      tool: 'twin',
      args: { query: 'the same' },
      deps: [],
      delay: between(random, 20, 500),
      nonce: nonceOf(instance.id, task, index),
    }),
  );
  return { ...instance, calls: [...instance.calls, ...twins], taskCount: task + 1 };
}

function within(instance: Instance, random: Random): number {
  return between(random, 1, Math.max(1, Math.round(criticalPath(instance) * 0.8)));
}
