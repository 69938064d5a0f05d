import { type Duration, toMilliseconds } from '../base/duration.ts';

/** How long to wait before something is tried again. */
export interface BackoffOptions {
  /** Before the second attempt; doubled before each later one. @default '1s' */
  readonly retryAfter?: Duration;
  /** The longest wait. @default '5m' */
  readonly retryAtMost?: Duration;
}

/**
 * The wait in milliseconds, by how many attempts there were.
 *
 * @throws {LatecallError} with code `invalid_duration`.
 */
export function createBackoff({ retryAfter = '1s', retryAtMost = '5m' }: BackoffOptions): (attempts: number) => number {
  const first = toMilliseconds(retryAfter);
  const longest = toMilliseconds(retryAtMost);
  return (attempts) => Math.min(first * 2 ** Math.max(attempts - 1, 0), longest);
}
