import {
  type AsyncToolDefinition,
  type AuditEvent,
  beginTurn,
  createRuntime,
  dispatch,
  type Json,
  type OpenTurn,
  plainMessage,
  settle,
  type TranscriptMessage,
} from '@latecall/core';
import { createFakeClock } from '@latecall/testing';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';
import { exportSpans } from './index.ts';

const scope = { tenant: 'acme', thread: 'chat-1' };
const start = Date.UTC(2026, 0, 1);
const day = 24 * 3_600_000;

function createTracer() {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const spans = () => exporter.getFinishedSpans();
  const named = (name: string): ReadableSpan => {
    const span = spans().find((candidate) => candidate.name === name);
    if (span === undefined) throw new Error(`There is no span "${name}".`);
    return span;
  };
  return { tracer: provider.getTracer('latecall'), spans, named };
}

/** A conversation with one call of `render`, as far as it is told to go. */
function createStory({ deadline }: { deadline?: string } = {}) {
  const clock = createFakeClock(start);
  const events: AuditEvent[] = [];
  const permissions = () => ['read'];
  const policy = { permissions, authorize: () => ({ allow: true, permissions: [] }) };
  const runtime = createRuntime({ clock, policy, audit: (event) => void events.push(event) });
  const definition: AsyncToolDefinition = {
    dispatch: (input) => {
      if (input === 'fail') throw new Error('farm is down');
      return { job: 1 };
    },
    ...(deadline === undefined ? {} : { deadline: '1m' as const }),
  };
  const tools = new Map([['render', definition]]);
  const messages: TranscriptMessage[] = [plainMessage('user')];
  const transcript = () => ({ messages, fingerprint: () => messages.length });

  const begin = async (): Promise<OpenTurn> => {
    const turn = await beginTurn({ runtime, tools, scope, transcript: transcript(), claimant: 'run' });
    if (turn.type !== 'open') throw new Error('The turn is suspended.');
    return turn;
  };
  return {
    clock,
    events,
    /** The model makes one call. */
    call: async (input: Json = 'a') => {
      const turn = await begin();
      await turn.finish([{ callId: 'c1', toolName: 'render', arguments: input }]);
      const call = { callId: 'c1', toolName: 'render', arguments: input, turn: await turn.id(), occurrence: 0, scope };
      const request = await dispatch({ runtime, definition, call });
      messages.push({ ...plainMessage('assistant'), calls: [{ callId: 'c1', name: 'render' }] });
      messages.push({ ...plainMessage('tool'), results: [{ callId: 'c1', part: 0, request }] });
      return request;
    },
    settle: (id: string) => settle({ runtime, tools, scope, id, outcome: { status: 'completed', result: 'u' } }),
    /** The model is told and says something. */
    tell: async () => {
      const turn = await begin();
      await clock.advance(1_000);
      await turn.finish();
      return turn.id();
    },
  };
}

async function toldStory() {
  const story = createStory();
  const request = await story.call();
  await story.clock.advance(3 * day);
  await story.settle(request.id);
  const turn = await story.tell();
  return { ...story, request, turn };
}

const msOf = ([seconds, nanoseconds]: readonly [number, number]) => seconds * 1_000 + nanoseconds / 1e6;
const linksOf = ({ links }: ReadableSpan) =>
  links.map(({ context, attributes }) => [attributes?.['latecall.link'], context.spanId]);

describe('exportSpans', () => {
  it('makes a span of a task, from its call until a model was told', async () => {
    const { events, request } = await toldStory();
    const { tracer, named } = createTracer();
    exportSpans({ log: events, tracer });
    const span = named('execute_tool render');
    expect(msOf(span.startTime)).toBe(start);
    expect(msOf(span.endTime)).toBe(start + 3 * day + 1_000);
    expect(span.attributes).toMatchObject({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'render',
      'gen_ai.tool.call.id': 'c1',
      'gen_ai.conversation.id': 'chat-1',
      'latecall.tenant': 'acme',
      'latecall.task.id': request.id,
      'latecall.task.handle': request.handle,
      'latecall.task.state': 'completed',
      'latecall.task.told': 'completed',
      'latecall.input.digest': expect.any(String),
      'latecall.output.digest': expect.any(String),
    });
    expect(span.attributes).not.toHaveProperty('latecall.branch');
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('tells the life of the task in span events, with their times', async () => {
    const { events } = await toldStory();
    const { tracer, named } = createTracer();
    exportSpans({ log: events, tracer });
    const told = named('execute_tool render').events;
    expect(told.map(({ name, time }) => [name, msOf(time) - start])).toEqual([
      ['task.created', 0],
      ['task.dispatched', 0],
      ['task.settled', 3 * day],
      ['task.claimed', 3 * day],
      ['task.consumed', 3 * day + 1_000],
    ]);
    expect(told.at(-1)?.attributes).toMatchObject({
      'latecall.detail': 'completed',
      'latecall.permissions.at_dispatch': '["read"]',
      'latecall.permissions.now': '[]',
    });
  });

  it('makes a span of each turn, linked to what it was told; tasks are linked to the turn of their call', async () => {
    const { events, turn, request } = await toldStory();
    const { tracer, spans, named } = createTracer();
    exportSpans({ log: events, tracer });
    const task = named('execute_tool render');
    const [first, second] = spans().filter(({ name }) => name === 'latecall.turn');
    if (first === undefined || second === undefined) throw new Error('There are not two turns.');
    expect(linksOf(first)).toEqual([]);
    expect(linksOf(task)).toEqual([['made_by', first.spanContext().spanId]]);
    expect(linksOf(second)).toEqual([['told', task.spanContext().spanId]]);
    expect(second.attributes).toMatchObject({ 'latecall.turn.id': turn, 'latecall.turn.results': [request.handle] });
    expect(first.attributes).toMatchObject({ 'latecall.turn.calls': ['c1'], 'latecall.turn.tools': ['render'] });
    expect([msOf(second.startTime), msOf(second.endTime)]).toEqual([start + 3 * day, start + 3 * day + 1_000]);
  });

  it('gives each span a trace of its own, also within another span', async () => {
    const { events } = await toldStory();
    const { tracer, spans } = createTracer();
    tracer.startActiveSpan('nightly', (span) => {
      exportSpans({ log: events, tracer });
      span.end();
    });
    expect(new Set(spans().map((span) => span.spanContext().traceId)).size).toBe(4);
    expect(spans().every(({ parentSpanContext }) => parentSpanContext === undefined)).toBe(true);
  });

  it('leaves a pending task to a later export, which links to the spans of the earlier one', async () => {
    const { clock, call, settle: complete, tell, events } = createStory();
    const { id } = await call();
    const { tracer, spans, named } = createTracer();
    const before = exportSpans({ log: events, tracer });
    expect(spans().map(({ name }) => name)).toEqual(['latecall.turn']);
    await clock.advance(day);
    await complete(id);
    await tell();
    const exported = exportSpans({ log: events, tracer, exported: JSON.parse(JSON.stringify(before)) });
    expect(spans()).toHaveLength(3);
    expect(linksOf(named('execute_tool render'))).toEqual([['made_by', before[0]?.spanId]]);
    expect(exported.map(({ kind }) => kind)).toEqual(['turn', 'turn', 'task']);
    expect(exportSpans({ log: events, tracer, exported })).toEqual(exported);
    expect(spans()).toHaveLength(3);
  });

  it('exports a pending task as it stands when asked to', async () => {
    const { call, events } = createStory();
    await call();
    const { tracer, named } = createTracer();
    exportSpans({ log: events, tracer, unfinished: true });
    expect(named('execute_tool render').attributes).toMatchObject({ 'latecall.task.state': 'working' });
  });

  it('marks what failed as an error', async () => {
    const { call, events } = createStory();
    await call('fail').catch(() => {});
    const { tracer, named } = createTracer();
    exportSpans({ log: events, tracer });
    const span = named('execute_tool render');
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'failed' });
    expect(span.attributes).toMatchObject({ 'error.type': 'failed' });
  });

  it('marks what expired as an error', async () => {
    const { clock, call, tell, events } = createStory({ deadline: '1m' });
    await call();
    await clock.advance(60_000);
    await tell();
    const { tracer, named } = createTracer();
    exportSpans({ log: events, tracer });
    expect(named('execute_tool render').status).toEqual({ code: SpanStatusCode.ERROR, message: 'expired' });
  });

  it('links two spans to each other where a turn was run again and told what it had itself begun', () => {
    const event = { scope, toolName: 'render', handle: 'render_a', id: 'task_a', turn: 'turn_1' };
    const log: AuditEvent[] = [
      { ...event, type: 'task.created', at: start, callId: 'c1' },
      { ...event, type: 'task.consumed', at: start + 1, detail: 'completed' },
    ];
    const { tracer, spans } = createTracer();
    exportSpans({ log, tracer });
    expect(
      spans()
        .flatMap(linksOf)
        .map(([why]) => why),
    ).toEqual(['told', 'made_by']);
  });

  it('counts nothing as exported where no tracing is set up', async () => {
    const { events } = await toldStory();
    expect(exportSpans({ log: events, tracer: trace.getTracer('none') })).toEqual([]);
  });
});
