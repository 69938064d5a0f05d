import { canonicalJson, isJson, type Json, NotJsonError, sameJson, toJson } from '@latecall/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import './seed.ts';

/** As it comes off a wire: minus zero is none. */
const anyJson = fc.json().map((text) => JSON.parse(text) as Json);

/** The same value with its keys written in another order. */
function reordered(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(reordered);
  const entries = Object.entries(value as Record<string, Json>).map(
    ([key, member]) => [key, reordered(member)] as const,
  );
  return Object.fromEntries(entries.toReversed());
}

describe('canonical JSON of any value', () => {
  it('is JSON of the same value', () => {
    fc.assert(fc.property(anyJson, (value) => void expect(JSON.parse(canonicalJson(value))).toEqual(value)));
  });

  it('does not depend on the order of keys', () => {
    fc.assert(fc.property(anyJson, (value) => void expect(canonicalJson(reordered(value))).toBe(canonicalJson(value))));
  });

  it('is its own canonical form', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text) as Json)).toBe(text);
      }),
    );
  });

  it('leaves out members that are undefined', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), anyJson), fc.string(), (value, key) => {
        const { [key]: _, ...rest } = value;
        const undefinedToo = Object.fromEntries([...Object.entries(rest), [key, undefined]]) as Json;
        expect(canonicalJson(undefinedToo)).toBe(canonicalJson(rest));
      }),
    );
  });
});

describe('sameJson', () => {
  it('is an equivalence that says what equal canonical texts say', () => {
    fc.assert(
      fc.property(anyJson, anyJson, (one, other) => {
        expect(sameJson(one, one)).toBe(true);
        expect(sameJson(one, other)).toBe(sameJson(other, one));
        expect(sameJson(one, other)).toBe(canonicalJson(one) === canonicalJson(other));
      }),
    );
  });

  it('tells an object from the same one with one more member', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), anyJson), fc.string(), anyJson, (value, key, member) => {
        fc.pre(!Object.hasOwn(value, key) && key !== '__proto__');
        expect(sameJson(value, { ...value, [key]: member })).toBe(false);
      }),
    );
  });
});

describe('toJson of anything', () => {
  it('gives what survives a round trip through text, or throws NotJsonError', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withSparseArray: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        try {
          const json = toJson(value, 'The value');
          expect(isJson(value)).toBe(true);
          expect(JSON.parse(JSON.stringify(json))).toEqual(JSON.parse(JSON.stringify(toJson(json, 'The copy'))));
        } catch (error) {
          expect(NotJsonError.isInstance(error)).toBe(true);
          expect(isJson(value)).toBe(false);
        }
      }),
    );
  });
});
