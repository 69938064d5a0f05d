import { LatecallError } from './latecall-error.ts';

/** A length of time: milliseconds, or a number with a unit, such as `'500ms'`, `'15m'`, `'2h'`, `'3d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const unitInMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Converts a {@link Duration} to milliseconds.
 *
 * @throws {LatecallError} with code `invalid_duration` if it is not a finite, positive length of time.
 */
export function toMilliseconds(duration: Duration): number {
  const ms = typeof duration === 'number' ? duration : parse(duration);
  if (!Number.isFinite(ms) || ms <= 0) {
    throw new LatecallError({
      code: 'invalid_duration',
      message: `Expected a duration such as 1500 (ms), "500ms", "30s", "15m", "2h" or "3d", got ${JSON.stringify(duration)}.`,
    });
  }
  return ms;
}

function parse(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (match === null) return Number.NaN;
  return Number(match[1]) * unitInMs[match[2] as keyof typeof unitInMs]; // the expression allows these units only
}
