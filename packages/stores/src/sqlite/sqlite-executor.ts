import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SqlExecutor, SqlRow, SqlValue } from '../sql/sql-executor.ts';

/** Statements that are kept prepared. Those on several tasks come in as many texts as there are numbers of tasks. */
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
    const statement = prepared.get(sql) ?? database.prepare(sql);
    // Behind all others: the one that was not used for longest goes first.
    prepared.delete(sql);
    prepared.set(sql, statement);
    for (const oldest of prepared.keys()) {
      if (prepared.size <= mostPrepared) break;
      prepared.delete(oldest);
    }
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
