import { describe, expect, it } from 'vitest';
import { createScene } from '../../test/fixtures.ts';
import { InvalidPartError, isAsyncFunctionRequest, parseAsyncFunctionRequest } from '../index.ts';

const request = {
  type: 'async-function-request',
  v: 1,
  id: 'task_1',
  handle: 'render_k3f9',
  functionCall: { callId: 'c1', name: 'render', arguments: { script: 'a' } },
  dispatchResult: { job: 1 },
  dispatchedAt: '2026-01-01T00:00:00.000Z',
};

const fieldOf = (value: unknown) => {
  try {
    parseAsyncFunctionRequest(value);
  } catch (error) {
    if (error instanceof InvalidPartError) return error.field;
  }
  throw new Error('The request was not refused as invalid.');
};

describe('parseAsyncFunctionRequest', () => {
  it('reads a request', () => {
    expect(parseAsyncFunctionRequest(request)).toEqual(request);
  });

  it('reads a real request again after a JSON round trip', async () => {
    const scene = createScene({ tools: { render: { deadline: '1h' } } });
    const real = await scene.dispatch();
    expect(parseAsyncFunctionRequest(JSON.parse(JSON.stringify(real)))).toEqual(real);
  });

  it('keeps the known fields only', () => {
    const more = { ...request, extra: 1, functionCall: { ...request.functionCall, extra: 1 } };
    expect(parseAsyncFunctionRequest(more)).toEqual(request);
  });

  it.each([null, false, 0, ''])('keeps %j as receipt and as arguments', (falsy) => {
    const part = { ...request, dispatchResult: falsy, functionCall: { ...request.functionCall, arguments: falsy } };
    expect(parseAsyncFunctionRequest(part)).toEqual(part);
  });

  it.each([
    ['type', { ...request, type: 'async-function-response' }],
    ['type', { ...request, type: undefined }],
    ['v', { ...request, v: 2 }],
    ['id', { ...request, id: undefined }],
    ['id', { ...request, id: '' }],
    ['handle', { ...request, handle: 7 }],
    ['functionCall', { ...request, functionCall: null }],
    ['functionCall.name', { ...request, functionCall: { callId: 'c1', arguments: {} } }],
    ['functionCall.callId', { ...request, functionCall: { name: 'render', arguments: {} } }],
    ['dispatchedAt', { ...request, dispatchedAt: 'yesterday' }],
    ['dispatchedAt', { ...request, dispatchedAt: 0 }],
    ['deadlineAt', { ...request, deadlineAt: null }],
    ['signature', { ...request, signature: {} }],
  ])('names %s when it is missing or wrong (case %#)', (field, value) => {
    expect(fieldOf(value)).toBe(field);
  });

  it('says what was expected and what was found', () => {
    expect(() => parseAsyncFunctionRequest({ ...request, functionCall: { callId: 'c1' } })).toThrow(
      'Not a valid async-function-request: "functionCall.name" must be a non-empty string, got nothing.',
    );
  });

  it('refuses arguments that are not JSON, and says where', () => {
    const part = { ...request, functionCall: { ...request.functionCall, arguments: { at: new Date(0) } } };
    expect(fieldOf(part)).toBe('functionCall.arguments');
    expect(() => parseAsyncFunctionRequest(part)).toThrow('$.at is an instance of Date');
  });

  it.each([undefined, null, 'text', 1, [], [request], 1n])('refuses a value that is no object (case %#)', (value) => {
    expect(() => parseAsyncFunctionRequest(value)).toThrow(InvalidPartError);
  });

  it('refuses a field that JSON cannot tell, by its name', () => {
    expect(fieldOf({ ...request, id: 1n })).toBe('id');
  });
});

describe('isAsyncFunctionRequest', () => {
  it('holds for requests only', () => {
    expect(isAsyncFunctionRequest(request)).toBe(true);
    expect(isAsyncFunctionRequest({ ...request, type: 'async-function-response' })).toBe(false);
    expect(isAsyncFunctionRequest({ status: 'sent' })).toBe(false);
    expect(isAsyncFunctionRequest(undefined)).toBe(false);
  });
});
