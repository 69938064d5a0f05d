import { type AuditHistory, type LineageTask, type LineageTurn, readLineage } from '@latecall/core';
import {
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type Tracer,
} from '@opentelemetry/api';
import { describeTask, describeTurn, type SpanDescription } from './describe-span.ts';

/** What is exported, and to whom. */
export interface ExportSpansOptions {
  /** For example `trace.getTracer('latecall')`. */
  readonly tracer: Tracer;
  /** Audit events, or the entries of an audit log; older ones too, if later ones speak of their tasks. */
  readonly log: AuditHistory;
  /** What earlier exports returned: these tasks and turns are left out, and links lead to their spans. @default none */
  readonly exported?: readonly ExportedSpan[];
  /** Export tasks that no turn was told of yet, as they stand, instead of leaving them to a later export. @default false */
  readonly unfinished?: boolean;
}

/** Where the span of a task or turn is to be found. Plain JSON. */
export interface ExportedSpan {
  readonly kind: 'task' | 'turn';
  readonly id: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

/**
 * Makes OpenTelemetry spans from an audit log: one for each task, from its call until a model was told, with its life as
 * span events; and one for each turn. A task's span links to the turn that made its call, and a turn's span links to the
 * tasks whose results it was told. Each is a trace of its own, since a task may last for days: links hold them together.
 *
 * Nothing is kept open while a task is pending. Call it as often as you like, with what it returned the last time: a span
 * is made once, when its task is over and its model told (`unfinished` does not wait for that).
 *
 * @returns What was exported by now, for the next call.
 *
 * @example
 * const entries = await Array.fromAsync(readAuditLog(lines));
 * const exported = exportSpans({ log: entries, tracer: trace.getTracer('latecall'), exported: before });
 */
export function exportSpans(options: ExportSpansOptions): ExportedSpan[] {
  const { tracer, log, exported = [], unfinished = false } = options;
  const lineage = readLineage(log);
  const contexts = new Map<string, SpanContext>(exported.map((span) => [keyOf(span.kind, span.id), contextOf(span)]));
  const isNew = (kind: ExportedSpan['kind']) => (item: { readonly id: string }) => !contexts.has(keyOf(kind, item.id));

  const tasks = lineage
    .tasks()
    .filter(isNew('task'))
    .filter((task) => unfinished || isOver(task));
  const named = new Set(tasks.flatMap(turnsOf));
  const turns = lineage
    .turns()
    .filter(isNew('turn'))
    .filter((turn) => isFinished(turn) || named.has(turn.id));
  const opened = [
    ...turns.map((turn) => open({ tracer, kind: 'turn', id: turn.id, description: describeTurn(turn) })),
    ...tasks.map((task) => open({ tracer, kind: 'task', id: task.id, description: describeTask(task) })),
  ];
  for (const { kind, id, span } of opened) contexts.set(keyOf(kind, id), span.spanContext());
  for (const { span, description } of opened) close(span, description, contexts);
  return [...exported, ...opened.flatMap(exportedSpan)];
}

interface OpenSpan {
  readonly kind: ExportedSpan['kind'];
  readonly id: string;
  readonly span: Span;
  readonly description: SpanDescription;
}

/** All are opened before any is closed: two may link to each other, where a turn was run again. */
function open({ tracer, ...opened }: Omit<OpenSpan, 'span'> & { tracer: Tracer }): OpenSpan {
  const { name, from, attributes } = opened.description;
  // Not a number: older SDKs take one before the start of this process for an offset to it.
  return {
    ...opened,
    span: tracer.startSpan(name, { startTime: new Date(from), attributes, root: true }, ROOT_CONTEXT),
  };
}

function close(span: Span, description: SpanDescription, contexts: ReadonlyMap<string, SpanContext>): void {
  const { events = [], status, links, until } = description;
  span.addLinks(
    links.flatMap(({ kind, id, why }): Link[] => {
      const context = contexts.get(keyOf(kind, id));
      return context === undefined ? [] : [{ context, attributes: { 'latecall.link': why } }];
    }),
  );
  for (const { name, at, attributes } of events) span.addEvent(name, attributes, new Date(at));
  if (status !== undefined) span.setStatus(status);
  span.end(new Date(until));
}

/** Nothing more will come of it that a span shows. */
function isOver({ consumption, events }: LineageTask): boolean {
  return consumption !== undefined || events.some(({ type }) => type === 'task.dispatch-failed');
}

function isFinished({ finishedAt }: LineageTurn): boolean {
  return finishedAt !== undefined;
}

function turnsOf({ calls, consumption }: LineageTask): string[] {
  return [...calls.map(({ turn }) => turn), ...(consumption === undefined ? [] : [consumption.turn])];
}

function keyOf(kind: ExportedSpan['kind'], id: string): string {
  return `${kind}:${id}`;
}

function contextOf({ traceId, spanId, traceFlags }: ExportedSpan): SpanContext {
  return { traceId, spanId, traceFlags, isRemote: true };
}

/** Without tracing set up there is no span. */
function exportedSpan({ kind, id, span }: OpenSpan): ExportedSpan[] {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return isSpanContextValid(span.spanContext()) ? [{ kind, id, traceId, spanId, traceFlags }] : [];
}
