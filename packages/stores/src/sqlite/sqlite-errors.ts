import { LatecallError } from '@latecall/core';

/** `true` for the error of a statement that another connection kept waiting for too long. */
export function isBusy(error: unknown): boolean {
  // The extended codes of SQLITE_BUSY have it in their low byte.
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 5;
}

/** An error of SQLite as the store's callers get it; others stay as they are. */
export function toStoreError(
  error: unknown,
  { path, busyTimeoutMs }: { path: string; busyTimeoutMs: number },
): unknown {
  if (!isBusy(error)) return error;
  return new LatecallError({
    code: 'store_busy',
    message: `The database "${path}" was locked by another process for longer than the ${busyTimeoutMs} ms of busyTimeout. Nothing was changed; try again, or give a longer busyTimeout.`,
    cause: error,
  });
}
