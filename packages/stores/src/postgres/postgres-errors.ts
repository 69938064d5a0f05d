import { LatecallError } from '@latecall/core';

/** Connections, resources, operator intervention, authorization and the name of the database. */
const unavailable = /^(08|53|57P|28|3D)/;

/** Serialization failure, deadlock, lock not available, statement cancelled by a timeout. */
const busy = new Set(['40001', '40P01', '55P03', '57014']);

/** What the driver or the database throws, as the store's callers get it; what neither is to blame for stays as it is. */
export function toStoreError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof TypeError || LatecallError.isInstance(error)) return error;
  const sqlState = sqlStateOf(error);
  if (sqlState === undefined || unavailable.test(sqlState)) {
    return new LatecallError({
      code: 'store_unavailable',
      message: `PostgreSQL cannot be reached: ${reasonOf(error)}. A change that was under way may have been made or not; check the server and the pool's settings, then call again, which is safe.`,
      cause: error,
    });
  }
  if (busy.has(sqlState)) {
    return new LatecallError({
      code: 'store_busy',
      message: `PostgreSQL gave the statement up because of others: ${reasonOf(error)}. Nothing was changed; try again. The store needs no isolation above "read committed".`,
      cause: error,
    });
  }
  return error;
}

/** The code of an error that the database itself reported; `undefined` for one of the driver or the network. */
function sqlStateOf(error: Error): string | undefined {
  if (!('severity' in error) || !('code' in error)) return undefined;
  return String(error.code);
}

/** Node leaves the message empty if it tried several addresses. */
function reasonOf(error: Error): string {
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}
