import {
  isAsyncFunctionRequest,
  isAsyncFunctionResponse,
  LatecallError,
  parseAsyncFunctionRequest,
  parseAsyncFunctionResponse,
  parseConsumption,
  parseOutcome,
} from '@latecall/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import './seed.ts';

const time = '2026-01-01T00:00:00.000Z';
const functionCall = { callId: 'c1', name: 'render', arguments: { a: 1 } };
const outcomes = [
  { status: 'completed', result: { url: 'u' } },
  { status: 'failed', error: { message: 'm', code: 'c' } },
  { status: 'cancelled', reason: 'r' },
  { status: 'expired' },
];
const response = {
  type: 'async-function-response',
  v: 1,
  id: 'task_1',
  functionCall,
  settledAt: time,
  outcome: outcomes[0],
};
const parts = {
  request: {
    type: 'async-function-request',
    v: 1,
    id: 'task_1',
    handle: 'render_23bc',
    functionCall,
    dispatchResult: { job: 1 },
    dispatchedAt: time,
  },
  response,
  consumption: {
    type: 'async-function-consumption',
    v: 1,
    turn: 't',
    delivery: 'append',
    handle: 'render_23bc',
    response,
  },
};

const parsers = {
  request: parseAsyncFunctionRequest,
  response: parseAsyncFunctionResponse,
  consumption: parseConsumption,
  outcome: parseOutcome,
} as const;

/** A part with something put into it, taken out of it, or put in the place of something: at any depth. */
const damaged = (whole: unknown): fc.Arbitrary<unknown> =>
  fc
    .tuple(
      fc.array(fc.nat({ max: 9 }), { maxLength: 3 }),
      fc.constantFrom('set', 'drop', 'add'),
      fc.jsonValue(),
      fc.string(),
    )
    .map(([path, how, value, name]) => {
      const copy: unknown = structuredClone(whole);
      let place = copy as Record<string, unknown>;
      for (const step of path) {
        const keys = Object.keys(place);
        const next = place[keys[step % Math.max(keys.length, 1)] ?? ''];
        if (typeof next !== 'object' || next === null) break;
        place = next as Record<string, unknown>;
      }
      const keys = Object.keys(place);
      const key = keys[(path.at(-1) ?? 0) % Math.max(keys.length, 1)] ?? 'x';
      if (how === 'drop') delete place[key];
      else place[how === 'set' ? key : name] = value;
      return copy;
    });

/** The same bad input must not throw anything else, nor be half taken. */
function check(parse: (value: unknown) => unknown, value: unknown): void {
  const before = JSON.stringify(value);
  try {
    const parsed = parse(value);
    expect(JSON.parse(JSON.stringify(parsed))).toEqual(parsed);
    expect(parse(parsed)).toEqual(parsed);
  } catch (error) {
    if (!LatecallError.isInstance(error)) throw error;
  }
  expect(JSON.stringify(value)).toBe(before);
}

describe.each(Object.entries(parsers))('what claims to be a %s', (name, parse) => {
  const whole = name === 'outcome' ? fc.constantFrom(...outcomes) : fc.constant(parts[name as keyof typeof parts]);

  it('is read or refused with a LatecallError, whatever JSON it is', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => check(parse, value)));
  });

  it('is read or refused with a LatecallError, whatever of it is damaged', () => {
    fc.assert(
      fc.property(whole.chain(damaged), (value) => check(parse, value)),
      { numRuns: 500 },
    );
  });

  it('loses its unknown fields', () => {
    fc.assert(
      fc.property(whole, fc.string({ minLength: 12 }), fc.jsonValue(), (part, key, value) => {
        expect(parse({ ...part, [`x${key}`]: value })).toEqual(parse(part));
      }),
    );
  });
});

describe('the guards', () => {
  it('say what the parsers say', () => {
    fc.assert(
      fc.property(fc.oneof(damaged(parts.request), damaged(parts.response), fc.jsonValue()), (value) => {
        expect(isAsyncFunctionRequest(value)).toBe(takes(parseAsyncFunctionRequest, value));
        expect(isAsyncFunctionResponse(value)).toBe(takes(parseAsyncFunctionResponse, value));
      }),
    );
  });
});

function takes(parse: (value: unknown) => unknown, value: unknown): boolean {
  try {
    parse(value);
    return true;
  } catch {
    return false;
  }
}
