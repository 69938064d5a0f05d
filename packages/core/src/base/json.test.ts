import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { canonicalJson, isJson, LatecallError, NotJsonError, sameJson, toJson } from '../index.ts';
import { copyOf } from './json.ts';

const problemOf = (value: unknown) => {
  try {
    toJson(value, 'The receipt');
  } catch (error) {
    if (error instanceof NotJsonError) return error;
  }
  throw new Error('toJson accepted the value.');
};

describe('toJson', () => {
  it('copies plain JSON deeply', () => {
    const value = { list: [1, 'two', null, true, { deep: {} }] };
    const copy = toJson(value, 'The receipt');
    expect(copy).toEqual(value);
    expect(copy).not.toBe(value);
    expect((copy as typeof value).list).not.toBe(value.list);
  });

  it.each([
    ['a BigInt', { job: { id: 1n } }, '$.job.id', 'a bigint'],
    ['a Date', { job: [{ startedAt: new Date(0) }] }, '$.job[0].startedAt', 'an instance of Date'],
    ['a function', { poll: () => 1 }, '$.poll', 'a function'],
    ['a symbol', [Symbol('s')], '$[0]', 'a symbol'],
    ['NaN', { progress: Number.NaN }, '$.progress', 'the number NaN'],
    ['an infinite number', { progress: Number.POSITIVE_INFINITY }, '$.progress', 'the number Infinity'],
    ['a Map', { tags: new Map() }, '$.tags', 'an instance of Map'],
    ['an Error', new Error('x'), '$', 'an instance of Error'],
    ['bytes', { body: new Uint8Array(1) }, '$.body', 'an instance of Uint8Array'],
  ])('refuses %s and says where it is', (_, value, path, found) => {
    const error = problemOf(value);
    expect(error.path).toBe(path);
    expect(error.message).toContain(`The receipt must be plain JSON, but ${path} is ${found}.`);
  });

  it('refuses a cycle and says where it closes', () => {
    const job: Record<string, unknown> = { id: 1 };
    job.self = [job];
    expect(problemOf({ job }).path).toBe('$.job.self[0]');
  });

  it('accepts one object in two places', () => {
    const same = { a: 1 };
    expect(toJson([same, { same }], 'The receipt')).toEqual([{ a: 1 }, { same: { a: 1 } }]);
  });

  it('leaves members out that are undefined', () => {
    expect(Object.keys(toJson({ a: undefined, b: 1 }, 'The receipt') as object)).toEqual(['b']);
  });

  it('makes null of a lone undefined, and of one in an array', () => {
    expect(toJson(undefined, 'The receipt')).toBeNull();
    expect(toJson([undefined], 'The receipt')).toEqual([null]);
  });

  it('makes null of a hole in an array, as JSON.stringify does', () => {
    const holey: unknown[] = [];
    holey[1] = 1;
    expect(canonicalJson(toJson(holey, 'The receipt'))).toBe('[null,1]');
  });

  it('accepts objects without a prototype', () => {
    const bare: unknown = Object.assign(Object.create(null), { a: 1 });
    expect(toJson(bare, 'The receipt')).toEqual({ a: 1 });
  });

  it('accepts plain objects of another realm', () => {
    const foreign: unknown = runInNewContext('({ job: { id: 1 }, tags: ["a"] })');
    expect(toJson(foreign, 'The receipt')).toEqual({ job: { id: 1 }, tags: ['a'] });
  });

  it('keeps a member named __proto__ a member', () => {
    const copy = toJson(JSON.parse('{"__proto__": {"admin": true}}'), 'The receipt');
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(canonicalJson(copy)).toBe('{"__proto__":{"admin":true}}');
  });

  it('throws an error of Latecall', () => {
    expect(LatecallError.isInstance(problemOf(1n), 'not_json')).toBe(true);
  });
});

describe('isJson', () => {
  it('holds for what toJson accepts, and for nothing else', () => {
    expect(isJson({ a: [0, false, '', null] })).toBe(true);
    expect(isJson({ a: new Date(0) })).toBe(false);
  });
});

describe('copyOf', () => {
  it('is equal, and shares nothing with what it copies', () => {
    const value = { job: { id: 'j', tags: ['a', { deep: null }] }, count: 1, done: false };
    const copy = copyOf(value);
    expect(copy).toStrictEqual(value);
    expect(copy.job).not.toBe(value.job);
    expect(copy.job.tags).not.toBe(value.job.tags);
    expect(copy.job.tags[1]).not.toBe(value.job.tags[1]);
  });

  it('takes a member called __proto__ for a member', () => {
    const text = '{"__proto__":{"admin":true},"nested":{"__proto__":[1]}}';
    const copy = copyOf(JSON.parse(text));
    expect(JSON.stringify(copy)).toBe(text);
    expect(copy).not.toHaveProperty('admin');
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  });
});

describe('canonicalJson', () => {
  it('is the same whatever the order of the keys, at every depth', () => {
    const one = canonicalJson({ b: { d: 1, c: 2 }, a: [{ f: 1, e: 2 }] });
    expect(one).toBe(canonicalJson({ a: [{ e: 2, f: 1 }], b: { c: 2, d: 1 } }));
    expect(one).toBe('{"a":[{"e":2,"f":1}],"b":{"c":2,"d":1}}');
  });

  it('keeps the order of arrays', () => {
    expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]));
  });

  it('leaves members out that are undefined', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  it('tells text from other values, and escapes it', () => {
    expect(canonicalJson(['1', 1, null, 'null', 'a"b'])).toBe('["1",1,null,"null","a\\"b"]');
  });
});

describe('sameJson', () => {
  it('compares values, not the order of their keys', () => {
    expect(sameJson({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
    expect(sameJson({ a: 1 }, { a: '1' })).toBe(false);
    expect(sameJson(null, false)).toBe(false);
  });
});
