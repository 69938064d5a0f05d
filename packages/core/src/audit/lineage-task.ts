import type { Scope } from '../base/scope.ts';
import type { AuditEvent } from './audit.ts';

/** Where a task stands, as far as the log tells: at work, or the outcome that won. */
export type LineageState =
  | 'dispatching'
  | 'working'
  | 'input_required'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'expired'
  | 'withheld';

/** What the log tells of a task. */
export interface LineageTask {
  readonly id: string;
  readonly scope: Scope;
  readonly handle?: string;
  readonly toolName?: string;
  readonly state: LineageState;
  /** The calls that it stands for: the first one, then those that joined it. */
  readonly calls: readonly TaskCallOrigin[];
  /** SHA-256 of its arguments, as in {@link AuditEvent.inputDigest}. */
  readonly inputDigest?: string;
  readonly dependsOn?: readonly string[];
  /** The expired task whose late result it brings. */
  readonly sequelOf?: string;
  /** The turn that was told of it, and what it was told; not there for a dispatch that failed: its host tells that. */
  readonly consumption?: TaskConsumption;
  /** What happened to it, in order. */
  readonly events: readonly AuditEvent[];
}

/** A call, and the turn that made it. */
export interface TaskCallOrigin {
  readonly turn: string;
  readonly callId: string;
}

/** What a turn was told of a task. */
export interface TaskConsumption {
  readonly turn: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Of the outcome as it was told, such as `completed` or `withheld`; not there if the process died while it told the log. */
  readonly status?: string;
  readonly outputDigest?: string;
}

/** Reads the events of one task, in order. `told` is what finished turns say of it. */
export function readTask(events: readonly AuditEvent[], told: TaskConsumption | undefined): LineageTask | undefined {
  const [first] = events;
  if (first === undefined) return undefined;
  const { id, scope } = first;
  const consumption = consumptionIn(events) ?? told;
  return {
    id,
    scope,
    ...lastOf(events, 'handle'),
    ...lastOf(events, 'toolName'),
    state: stateAfter(events, consumption),
    calls: originsIn(events),
    ...lastOf(events, 'inputDigest'),
    ...lastOf(events, 'dependsOn'),
    ...lastOf(events, 'sequelOf'),
    ...(consumption === undefined ? {} : { consumption }),
    events,
  };
}

function lastOf<KEY extends keyof AuditEvent>(events: readonly AuditEvent[], key: KEY): Partial<Pick<AuditEvent, KEY>> {
  const event = events.findLast((candidate) => candidate[key] !== undefined);
  return event === undefined ? {} : ({ [key]: event[key] } as Pick<AuditEvent, KEY>);
}

function originsIn(events: readonly AuditEvent[]): TaskCallOrigin[] {
  const origins = events.flatMap(({ turn, callId }) =>
    turn === undefined || callId === undefined ? [] : [[JSON.stringify([turn, callId]), { turn, callId }] as const],
  );
  return [...new Map(origins).values()];
}

function consumptionIn(events: readonly AuditEvent[]): TaskConsumption | undefined {
  const event = events.find(({ type }) => type === 'task.consumed' || type === 'task.withheld');
  if (event?.turn === undefined) return undefined;
  const { turn, at, detail: status, outputDigest } = event;
  return {
    turn,
    at,
    ...(status === undefined ? {} : { status }),
    ...(outputDigest === undefined ? {} : { outputDigest }),
  };
}

/** The first outcome stays, whatever the clocks of the processes say. */
function stateAfter(events: readonly AuditEvent[], consumption: TaskConsumption | undefined): LineageState {
  const outcome = events.map(outcomeOf).find((state) => state !== undefined);
  if (outcome !== undefined) return outcome;
  if (consumption !== undefined) return asOutcome(consumption.status) ?? 'completed';
  return events.reduce<LineageState>(openState, 'working');
}

function outcomeOf({ type, detail }: AuditEvent): LineageState | undefined {
  switch (type) {
    case 'task.settled':
      return asOutcome(detail);
    case 'task.dispatch-failed':
      return 'failed';
    case 'task.expired':
      return 'expired';
    case 'task.cancelled':
      return 'cancelled';
    default:
      return undefined;
  }
}

const outcomes: readonly LineageState[] = ['completed', 'failed', 'cancelled', 'expired', 'withheld'];

function asOutcome(word: string | undefined): LineageState | undefined {
  return outcomes.find((outcome) => outcome === word);
}

function openState(state: LineageState, { type, detail }: AuditEvent): LineageState {
  switch (type) {
    case 'task.created':
      return 'dispatching';
    case 'task.dispatched':
      return state === 'input_required' ? state : 'working';
    case 'task.input-requested':
      return 'input_required';
    case 'task.input-answered':
    case 'task.progress':
      return detail === 'working' || detail === 'input_required' ? detail : state;
    default:
      return state;
  }
}
