import { LatecallError, resolveHandle, toMilliseconds, UnknownHandleError } from '@latecall/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import './seed.ts';

const suffix = fc.string({ unit: fc.constantFrom(...'23456789bcdfghjkmnpqrstvwxz'), minLength: 4, maxLength: 4 });
const handle = fc
  .tuple(fc.constantFrom('render', 'render_video', 'send', 'task'), suffix)
  .map((parts) => parts.join('_'));
const handles = fc.uniqueArray(handle, { minLength: 1, maxLength: 20 });

/** What models make of a handle. */
const mangled = (text: string) => [text, text.toUpperCase(), `"${text}"`, ` ${text} `, `\`${text}\``, `${text}.`];

describe('a handle that a model writes', () => {
  it('is found whatever became of its case, and whatever stands around it', () => {
    fc.assert(
      fc.property(
        handles.chain((all) => fc.tuple(fc.constant(all), fc.constantFrom(...all))),
        ([all, meant]) => {
          for (const written of mangled(meant)) expect(resolveHandle({ handle: written, handles: all })).toBe(meant);
        },
      ),
    );
  });

  it('is found by any beginning that fits nothing else, and refused by any other, with the valid ones listed', () => {
    fc.assert(
      fc.property(
        handles.chain((all) => fc.tuple(fc.constant(all), fc.constantFrom(...all))),
        fc.nat({ max: 24 }),
        ([all, meant], length) => {
          const cut = meant.slice(0, length);
          const fitting = all.filter((each) => each.startsWith(cut));
          if (cut !== '' && fitting.length === 1) {
            expect(resolveHandle({ handle: cut, handles: all })).toBe(meant);
            return;
          }
          if (all.includes(cut)) return;
          expect(() => resolveHandle({ handle: cut, handles: all })).toThrow(UnknownHandleError);
        },
      ),
    );
  });

  it('never means a handle that does not begin with what is left of it', () => {
    fc.assert(
      fc.property(handles, fc.string(), (all, written) => {
        try {
          const found = resolveHandle({ handle: written, handles: all });
          expect(all).toContain(found);
          expect(found.startsWith(written.toLowerCase().replaceAll(/[^a-z0-9_]/g, ''))).toBe(true);
        } catch (error) {
          expect(UnknownHandleError.isInstance(error, 'unknown_handle')).toBe(true);
          expect((error as UnknownHandleError).validHandles).toEqual(all);
        }
      }),
    );
  });
});

describe('a duration', () => {
  const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

  it('is its number times its unit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.constantFrom(...(Object.keys(units) as 'ms'[])),
        (count, unit) => {
          expect(toMilliseconds(`${count}${unit}`)).toBe(count * units[unit]);
        },
      ),
    );
  });

  it('is positive and finite, or refused', () => {
    const anything = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.string(),
      fc.stringMatching(/^-?\d{0,3}(\.\d)?[a-z]{0,2}$/),
    );
    fc.assert(
      fc.property(anything, (value) => {
        try {
          const ms = toMilliseconds(value as number);
          expect(Number.isFinite(ms) && ms > 0).toBe(true);
        } catch (error) {
          expect(LatecallError.isInstance(error, 'invalid_duration')).toBe(true);
        }
      }),
    );
  });
});
