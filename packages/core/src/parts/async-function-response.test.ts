import { describe, expect, it } from 'vitest';
import { createFakeClock, start } from '../../test/fixtures.ts';
import {
  createAsyncFunctionResponse,
  InvalidPartError,
  isAsyncFunctionResponse,
  NotJsonError,
  parseAsyncFunctionResponse,
  toIso,
} from '../index.ts';

const request = { id: 'task_1', functionCall: { callId: 'c1', name: 'render', arguments: { script: 'a' } } };
const response = {
  type: 'async-function-response',
  v: 1,
  id: 'task_1',
  functionCall: { callId: 'c1', name: 'render' },
  settledAt: '2026-01-01T00:00:00.000Z',
  outcome: { status: 'completed', result: { url: 'u' } },
};
const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const fieldOf = (value: unknown) => {
  try {
    parseAsyncFunctionResponse(value);
  } catch (error) {
    if (error instanceof InvalidPartError) return error.field;
  }
  throw new Error('The response was not refused as invalid.');
};

describe('createAsyncFunctionResponse', () => {
  it('completes a request with a result, at the time of the clock', () => {
    const made = createAsyncFunctionResponse({ request, result: { url: 'u' }, clock: createFakeClock() });
    expect(made).toEqual({ ...response, settledAt: toIso(start) });
  });

  it('gives any other outcome', () => {
    const outcome = { status: 'failed', error: { message: 'no', code: 'x' } } as const;
    expect(createAsyncFunctionResponse({ request, outcome, settledAt: 0 })).toEqual({
      ...response,
      settledAt: '1970-01-01T00:00:00.000Z',
      outcome,
    });
  });

  it.each([null, false, 0, '', [], {}])('takes %j for a result', (result) => {
    const made = createAsyncFunctionResponse({ request, result, settledAt: 0 });
    expect(parseAsyncFunctionResponse(throughJson(made)).outcome).toEqual({ status: 'completed', result });
  });

  it('makes null of a result that is undefined, so that it survives a JSON round trip', () => {
    const made = createAsyncFunctionResponse({ request, result: undefined, settledAt: 0 });
    expect(parseAsyncFunctionResponse(throughJson(made)).outcome).toEqual({ status: 'completed', result: null });
  });

  it('refuses a result that is not JSON, and names the id', () => {
    const make = () => createAsyncFunctionResponse({ request, result: { at: new Date(0) } });
    expect(make).toThrow(NotJsonError);
    expect(make).toThrow('The result for "task_1" must be plain JSON, but $.at is an instance of Date.');
  });
});

describe('parseAsyncFunctionResponse', () => {
  it.each(['interrupt', 'when-idle', 'silent'])('reads the scheduling %s', (scheduling) => {
    expect(parseAsyncFunctionResponse({ ...response, scheduling })).toEqual({ ...response, scheduling });
  });

  it('keeps the known fields only', () => {
    const more = {
      ...response,
      extra: 1,
      functionCall: { ...response.functionCall, arguments: {} },
      outcome: { ...response.outcome, reason: 'not of a result' },
    };
    expect(parseAsyncFunctionResponse(more)).toEqual(response);
  });

  it.each([
    { status: 'completed', result: { url: 'u' } },
    { status: 'failed', error: { message: 'no' } },
    { status: 'failed', error: { message: '', code: 'x' } },
    { status: 'cancelled' },
    { status: 'cancelled', reason: 'enough' },
    { status: 'expired' },
    { status: 'withheld', reason: '' },
  ])('reads the outcome %j after a JSON round trip', (outcome) => {
    expect(parseAsyncFunctionResponse(throughJson({ ...response, outcome }))).toEqual({ ...response, outcome });
  });

  it.each([
    ['type', { ...response, type: 'async-function-request' }],
    ['v', { ...response, v: '1' }],
    ['id', { ...response, id: undefined }],
    ['functionCall', { ...response, functionCall: 'render' }],
    ['functionCall.name', { ...response, functionCall: { callId: 'c1' } }],
    ['functionCall.callId', { ...response, functionCall: { name: 'render' } }],
    ['settledAt', { ...response, settledAt: undefined }],
    ['outcome', { ...response, outcome: undefined }],
    ['outcome', { ...response, outcome: 'completed' }],
    ['outcome.status', { ...response, outcome: { status: 'done' } }],
    ['outcome.status', { ...response, outcome: { status: 'working' } }],
    ['outcome.result', { ...response, outcome: { status: 'completed' } }],
    ['outcome.error.message', { ...response, outcome: { status: 'failed' } }],
    ['outcome.error.message', { ...response, outcome: { status: 'failed', error: 'no' } }],
    ['outcome.error.code', { ...response, outcome: { status: 'failed', error: { message: 'no', code: 7 } } }],
    ['outcome.reason', { ...response, outcome: { status: 'cancelled', reason: {} } }],
    ['scheduling', { ...response, scheduling: 'soon' }],
    ['signature', { ...response, signature: '' }],
  ])('names %s when it is missing or wrong (case %#)', (field, value) => {
    expect(fieldOf(value)).toBe(field);
  });

  it('refuses a result that is not JSON, and says where', () => {
    const outcome = { status: 'completed', result: { size: 1n } };
    expect(() => parseAsyncFunctionResponse({ ...response, outcome })).toThrow(
      'outcome.result must be plain JSON, but $.size is a bigint.',
    );
  });
});

describe('isAsyncFunctionResponse', () => {
  it('holds for responses only', () => {
    expect(isAsyncFunctionResponse(response)).toBe(true);
    expect(isAsyncFunctionResponse({ ...response, type: 'async-function-request' })).toBe(false);
    expect(isAsyncFunctionResponse({ url: 'u' })).toBe(false);
  });
});
