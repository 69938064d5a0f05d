import { describe, expect, it } from 'vitest';
import { type Duration, toMilliseconds } from '../index.ts';

describe('toMilliseconds', () => {
  it.each<[Duration, number]>([
    [1500, 1500],
    ['500ms', 500],
    ['30s', 30_000],
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['3d', 259_200_000],
    ['1.5h', 5_400_000],
  ])('reads %s as %i ms', (duration, ms) => {
    expect(toMilliseconds(duration)).toBe(ms);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, '0s', '-5m', '15', '15 m', '1e3ms', 'm', '', '15m '])(
    'refuses %j and says what it expected',
    (duration) => {
      const refused = expect(() => toMilliseconds(duration as Duration));
      refused.toThrow(expect.objectContaining({ code: 'invalid_duration' }));
      refused.toThrow('Expected a duration such as 1500 (ms), "500ms", "30s", "15m", "2h" or "3d"');
    },
  );
});
