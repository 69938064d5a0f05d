import type { DatabaseSync } from 'node:sqlite';
import type { SqlExecutor, SqlRow, SqlValue } from '../sql/sql-executor.ts';
import { type PreparedStatement, prepareStatement } from './prepared-statement.ts';

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
}): { query(sql: string, values: readonly SqlValue[]): readonly SqlRow[] } & SqlExecutor {
  const { database, toError } = input;
  const prepared = new Map<string, PreparedStatement>();
  const prepare = (sql: string) => {
    const statement = prepared.get(sql) ?? prepareStatement(database, sql);
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
        return prepare(sql)(values);
      } catch (error) {
        throw toError(error);
      }
    },
  };
}
