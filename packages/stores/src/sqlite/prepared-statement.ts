import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SqlRow, SqlValue } from '../sql/sql-executor.ts';

/** Runs one statement with values for `$1` and what follows. */
export type PreparedStatement = (values: readonly SqlValue[]) => readonly SqlRow[];

/**
 * Prepares a statement in the way that costs Node least: values by their places and not by names, and rows as arrays,
 * since the objects that Node makes of wide rows take it longer than SQLite takes to find them.
 */
export function prepareStatement(database: DatabaseSync, sql: string): PreparedStatement {
  const places = [...sql.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number) - 1);
  const statement = database.prepare(sql.replaceAll(/\$\d+/g, '?'));
  const inPlace = (values: readonly SqlValue[]) => places.map((place) => values[place] ?? null);
  const columns = arrayColumns(statement);
  if (columns === undefined) return (values) => statement.all(...inPlace(values));
  return (values) => (statement.all(...inPlace(values)) as unknown as unknown[][]).map((row) => toRow(columns, row));
}

/** Lets the rows come as arrays, and says in which order; `undefined` before Node 22.16, where they are objects. */
function arrayColumns(statement: Partial<StatementSync>): string[] | undefined {
  statement.setReturnArrays?.(true);
  return statement.columns?.().map(({ name }) => name);
}

function toRow(columns: readonly string[], values: readonly unknown[]): SqlRow {
  const row: Record<string, unknown> = {};
  let index = 0;
  for (const column of columns) row[column] = values[index++];
  return row;
}
