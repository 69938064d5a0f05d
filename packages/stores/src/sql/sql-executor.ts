/** A row as the database gives it: numbers may come as text, a missing value is `null`. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** What a statement's placeholder may stand for. */
export type SqlValue = string | number | null;

/**
 * All that the statements need of a database: runs one of them, on its own, and returns its rows. `$1` is the first
 * of `values`; every placeholder is used, some more than once. What it throws reaches the caller of the store.
 */
export interface SqlExecutor {
  query(sql: string, values: readonly SqlValue[]): readonly SqlRow[] | Promise<readonly SqlRow[]>;
}
