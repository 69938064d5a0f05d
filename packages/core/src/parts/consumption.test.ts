import { describe, expect, it } from 'vitest';
import { InvalidPartError, parseConsumption } from '../index.ts';

const consumption = {
  type: 'async-function-consumption',
  v: 1,
  turn: 'turn_1',
  delivery: 'append',
  handle: 'render_k3f9',
  response: {
    type: 'async-function-response',
    v: 1,
    id: 'task_1',
    functionCall: { callId: 'c1', name: 'render' },
    settledAt: '2026-01-01T00:00:00.000Z',
    outcome: { status: 'completed', result: 0 },
  },
  stale: true,
  signature: 'abc',
};

describe('parseConsumption', () => {
  it('reads a consumption after a JSON round trip', () => {
    expect(parseConsumption(JSON.parse(JSON.stringify(consumption)))).toEqual(consumption);
  });

  it.each(['replace', 'append', 'envelope', 'native'])('reads the delivery %s', (delivery) => {
    expect(parseConsumption({ ...consumption, delivery }).delivery).toBe(delivery);
  });

  it('keeps the known fields only', () => {
    const { stale: _, ...fresh } = consumption;
    expect(parseConsumption({ ...fresh, stale: 'yes', extra: 1 })).toStrictEqual(fresh);
  });

  it.each([
    ['type', { ...consumption, type: 'async-function-response' }],
    ['turn', { ...consumption, turn: undefined }],
    ['delivery', { ...consumption, delivery: 'twice' }],
    ['handle', { ...consumption, handle: '' }],
    ['type', { ...consumption, response: undefined }],
    ['outcome', { ...consumption, response: { ...consumption.response, outcome: null } }],
  ])('names %s when it is missing or wrong (case %#)', (field, value) => {
    expect(() => parseConsumption(value)).toThrow(expect.objectContaining({ constructor: InvalidPartError, field }));
  });
});
