import { sha256 } from '../base/bytes.ts';
import type { Clock } from '../base/clock.ts';
import { canonicalJson, type Json, toJson } from '../base/json.ts';
import type { Scope } from '../base/scope.ts';
import type { Outcome } from '../parts/outcome.ts';
import type { TaskRecord } from '../task/task.ts';
import type { TaskRef } from '../task/task-store.ts';
import type { AuditEvent, AuditEventType, AuditPayload, AuditSink } from './audit.ts';

/** A task of which something is reported; of one that is unknown only where it was looked for. */
type ReportedTask = TaskRef & Partial<TaskRecord>;

/** What is reported beside the task. */
interface Particulars extends Pick<AuditEvent, 'turn' | 'detail' | 'permissions' | 'callId'> {
  /** The outcome that the event is about. */
  readonly outcome?: Outcome;
}

/** A turn that a model has finished. */
interface FinishedTurn {
  readonly scope: Scope;
  readonly turn: string;
  readonly calls: readonly TurnCall[];
  /** What it was told and its history did not tell before. */
  readonly results: readonly ToldResult[];
}

interface ToldResult {
  readonly id: string;
  readonly handle: string;
  readonly outcome: Outcome;
  /** The turn that was told of it first. @default this one */
  readonly turn?: string;
}

/** A call that a model has made in a turn, of an async tool or of any other. */
export interface TurnCall {
  readonly callId: string;
  readonly toolName: string;
  /** As the host has them; what is not JSON has no digest but that of `null`. */
  readonly arguments: unknown;
}

/** Reports to the audit sink, if there is one; each resolves when the sink has taken the event. */
export interface Reporter {
  readonly report: (type: AuditEventType, task: ReportedTask, particulars?: Particulars) => Promise<void>;
  /** Takes a function, so that what nobody asks for is not computed. */
  readonly reportTurn: (finished: () => Promise<FinishedTurn>) => Promise<void>;
}

/** @param options.logPayload What of arguments and outcomes stands in the events; `undefined` for nothing. */
export function createReporter(options: {
  audit: AuditSink | undefined;
  logPayload: ((payload: AuditPayload) => Json | undefined) | undefined;
  clock: Pick<Clock, 'now'>;
}): Reporter {
  const { audit, logPayload, clock } = options;
  if (audit === undefined) return { report: async () => {}, reportTurn: async () => {} };

  const payloadOf = (kind: AuditPayload['kind'], value: Json, { toolName, id }: ReportedTask) => {
    const payload = toolName === undefined ? undefined : logPayload?.({ kind, value, toolName, id });
    return payload === undefined ? {} : { payload: toJson(payload, 'What logPayload returned') };
  };
  const inputOf = async (type: AuditEventType, task: ReportedTask): Promise<Partial<AuditEvent>> => {
    const { arguments: value, dependsOn } = task;
    if (value === undefined || (type !== 'task.created' && type !== 'task.rejoined')) return {};
    const inputDigest = await digest(value);
    if (type === 'task.rejoined') return { inputDigest };
    return {
      inputDigest,
      ...payloadOf('arguments', value, task),
      ...(dependsOn === undefined ? {} : { dependsOn }),
    };
  };
  const outputOf = async (outcome: Outcome | undefined, task: ReportedTask): Promise<Partial<AuditEvent>> => {
    if (outcome === undefined) return {};
    const value = { ...outcome };
    return { outputDigest: await digest(value), ...payloadOf('outcome', value, task) };
  };

  return {
    report: async (type, task, { outcome, ...particulars } = {}) => {
      const at = clock.now();
      const { scope, id } = task;
      const input = await inputOf(type, task);
      const output = await outputOf(outcome, task);
      await audit({ type, at, scope, id, ...namesOf(type, task), ...particulars, ...input, ...output });
    },
    reportTurn: async (finished) => {
      const at = clock.now();
      const { scope, turn, calls, results } = await finished();
      await audit({
        type: 'turn.finished',
        at,
        scope,
        id: turn,
        turn,
        calls: await Promise.all(
          calls.map(async ({ callId, toolName, arguments: input }) => ({
            callId,
            toolName,
            inputDigest: await digest(asJson(input)),
          })),
        ),
        results: await Promise.all(
          results.map(async ({ id, handle, outcome, turn: first = turn }) => ({
            id,
            handle,
            outputDigest: await digest({ ...outcome }),
            ...(first === turn ? {} : { turn: first }),
          })),
        ),
      });
    },
  };
}

function namesOf(type: AuditEventType, task: ReportedTask): Partial<AuditEvent> {
  const { toolName, handle, sequelOf, callIds: [callId] = [] } = task;
  return {
    ...(toolName === undefined || handle === undefined ? {} : { toolName, handle }),
    ...(sequelOf === undefined ? {} : { sequelOf }),
    // Its process may have died before it could say `task.created`.
    ...(type !== 'task.dispatched' || callId === undefined ? {} : { callId }),
  };
}

function digest(value: Json): Promise<string> {
  return sha256(canonicalJson(value));
}

function asJson(value: unknown): Json {
  try {
    return toJson(value, 'The arguments');
  } catch {
    return null; // the host refuses the call itself
  }
}
