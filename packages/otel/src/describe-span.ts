import { type AuditEvent, canonicalJson, type LineageTask, type LineageTurn, type Scope } from '@latecall/core';
import { type Attributes, type SpanStatus, SpanStatusCode } from '@opentelemetry/api';

/** A span before it is made. Times in milliseconds since the epoch. */
export interface SpanDescription {
  readonly name: string;
  readonly from: number;
  readonly until: number;
  readonly attributes: Attributes;
  readonly events?: readonly { readonly name: string; readonly at: number; readonly attributes: Attributes }[];
  readonly status?: SpanStatus;
  readonly links: readonly SpanLink[];
}

/** To the span of another task or turn, and why. */
interface SpanLink {
  readonly kind: 'task' | 'turn';
  readonly id: string;
  readonly why: 'made_by' | 'told' | 'builds_on' | 'sequel_of';
}

/** The span of a task: a tool execution as the GenAI conventions have it. */
export function describeTask(task: LineageTask): SpanDescription {
  const { id, scope, handle, toolName = 'unknown', state, calls, inputDigest, consumption, events } = task;
  const { dependsOn = [], sequelOf } = task;
  const times = events.map(({ at }) => at);
  const from = Math.min(...times);
  return {
    name: `execute_tool ${toolName}`,
    from,
    until: Math.max(from, consumption?.at ?? Math.max(...times)),
    attributes: present({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': toolName,
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.call.id': calls[0]?.callId,
      ...attributesOf(scope),
      'latecall.task.id': id,
      'latecall.task.handle': handle,
      'latecall.task.state': state,
      'latecall.task.told': consumption?.status,
      'latecall.input.digest': inputDigest,
      'latecall.output.digest': consumption?.outputDigest,
      'error.type': isFailure(task) ? state : undefined,
    }),
    events: events.map((event) => ({ name: event.type, at: event.at, attributes: describeEvent(event) })),
    ...(isFailure(task) ? { status: { code: SpanStatusCode.ERROR, message: state } } : {}),
    links: [
      ...[...new Set(calls.map(({ turn }) => turn))].map(
        (turn) => ({ kind: 'turn', id: turn, why: 'made_by' }) as const,
      ),
      ...dependsOn.map((other) => ({ kind: 'task', id: other, why: 'builds_on' }) as const),
      ...(sequelOf === undefined ? [] : [{ kind: 'task', id: sequelOf, why: 'sequel_of' } as const]),
    ],
  };
}

/** The span of a turn, from the moment when it took its results until its model had answered. */
export function describeTurn(turn: LineageTurn): SpanDescription {
  const { id, scope, startedAt, finishedAt = startedAt, results, calls } = turn;
  return {
    name: 'latecall.turn',
    from: Math.min(startedAt, finishedAt),
    until: finishedAt,
    attributes: present({
      ...attributesOf(scope),
      'latecall.turn.id': id,
      'latecall.turn.results': results.map(({ handle }) => handle),
      'latecall.turn.calls': calls.map(({ callId }) => callId),
      'latecall.turn.tools': calls.map(({ toolName }) => toolName),
    }),
    links: results.map((result) => ({ kind: 'task', id: result.id, why: 'told' })),
  };
}

function describeEvent({ turn, callId, detail, permissions }: AuditEvent): Attributes {
  return present({
    'latecall.turn.id': turn,
    'gen_ai.tool.call.id': callId,
    'latecall.detail': detail,
    'latecall.permissions.at_dispatch': permissions && canonicalJson(permissions.atDispatch),
    'latecall.permissions.now': permissions && canonicalJson(permissions.now),
  });
}

function attributesOf({ tenant, thread, branch }: Scope): Attributes {
  return { 'gen_ai.conversation.id': thread, 'latecall.tenant': tenant, 'latecall.branch': branch };
}

function isFailure({ state }: LineageTask): boolean {
  return state === 'failed' || state === 'expired';
}

function present(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
