import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SqlExecutor, SqlRow, SqlValue } from '../sql/sql-executor.ts';

/** Statements that are kept prepared. Lists by call ids come in as many texts as there are numbers of call ids. */
const mostPrepared = 50;

/**
 * Runs statements on an open database.
 *
 * @param toError Makes of what SQLite throws what callers get.
 */
export function sqliteExecutor(input: {
  database: DatabaseSync;
  toError: (error: unknown) => unknown;
}): { query(sql: string, values: readonly SqlValue[]): SqlRow[] } & SqlExecutor {
  const { database, toError } = input;
  const prepared = new Map<string, StatementSync>();
  const prepare = (sql: string) => {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    if (prepared.size < mostPrepared) prepared.set(sql, statement);
    return statement;
  };
  return {
    query: (sql, values) => {
      try {
        // To SQLite `$1` is a name, so that the text needs no other placeholders than PostgreSQL's.
        const named = Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value]));
        return prepare(sql).all(named);
      } catch (error) {
        throw toError(error);
      }
    },
  };
}
