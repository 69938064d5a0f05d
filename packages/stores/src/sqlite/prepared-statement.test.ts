import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { prepareStatement } from './prepared-statement.ts';

const sql = "SELECT $2 AS second, $1 AS first, $2 || '!' AS again, NULL AS missing";
const row = { second: 'b', first: 'a', again: 'b!', missing: null };

describe('prepareStatement', () => {
  it('gives each place its value, and each column its name', () => {
    const run = prepareStatement(new DatabaseSync(':memory:'), sql);
    expect(run(['a', 'b'])).toEqual([row]);
    expect(run(['c', 'd'])).toEqual([{ ...row, second: 'd', first: 'c', again: 'd!' }]);
  });

  it('takes the objects of a Node that gives no arrays', () => {
    const database = new DatabaseSync(':memory:');
    const old = {
      prepare: (text: string) => {
        const statement = database.prepare(text);
        return { all: (...values: string[]) => statement.all(...values) };
      },
    };
    const [only] = prepareStatement(old as never, sql)(['a', 'b']);
    expect({ ...only }).toEqual(row);
  });
});
