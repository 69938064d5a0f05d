import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { postgresMissing } from '@latecall/testing';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { startDatabase } from '../test/postgres-database.ts';
import { taskOf } from '../test/sample-tasks.ts';
import { postgresStore } from './postgres.ts';
import type { SqlValue } from './sql/sql-executor.ts';
import {
  claimTasks,
  countOpen,
  deleteTasks,
  selectDue,
  selectNextDeadline,
  selectOver,
  selectReady,
  selectTasks,
} from './sql/task-statements.ts';
import { sqliteStore } from './sqlite.ts';

const scope = '["acme","chat-1",null]';
const thread = '["acme","chat-1"]';
const forAll = { within: undefined } as const;

/** Statements that run often, or over everything, with values for them. */
const statements = (rowLock: string): Readonly<Record<string, readonly [string, ...SqlValue[]]>> => ({
  countOpen: [countOpen, scope],
  'list of every branch': [selectTasks({ callIds: 0, everyBranch: true }), thread, null, 0],
  'purge of told tasks': [selectOver({ ...forAll, which: 'told' }), 50, 0, 10],
  'purge of settled tasks': [selectOver({ ...forAll, which: 'settled' }), 50, 0, 10],
  'purge of all tasks': [selectOver({ ...forAll, which: 'all' }), 50, 0, 10],
  'purge of a thread': [selectOver({ within: 'thread_key', which: 'told' }), 50, 0, 10, thread],
  'purge, second half': [deleteTasks({ which: 'told', tasks: 2, rowLock }), 50, 1, 2],
  claim: [claimTasks({ tasks: 2, rowLock }), scope, 'run-1', 3, null, 'a', 'replace', 0, 'b', 'replace', 0],
  ready: [selectReady, 10, 10],
  expireDue: [selectDue, 50, null, 10],
  nextDeadline: [selectNextDeadline],
});

const names = Object.keys(statements(''));

describe('SQLite reads by an index, and no whole table', () => {
  it.each(names)('for %s', (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'latecall-plans-'));
    const file = join(folder, 'tasks.db');
    sqliteStore(file).close();
    const database = new DatabaseSync(file);
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${statements('')[name]?.[0]}`).all();
    const steps = plan.map(({ detail }) => String(detail));
    database.close();
    rmSync(folder, { recursive: true });
    // One index holds untold tasks only: to read it through is what is wanted.
    const whole = steps.filter((step) => /^SCAN latecall_tasks(?! USING INDEX latecall_tasks_untold)/.test(step));
    expect([steps.length > 0, whole]).toEqual([true, []]);
  });
});

const missing = postgresMissing();

describe.skipIf(missing !== undefined)('PostgreSQL reads by an index, and no whole table', { timeout: 60_000 }, () => {
  it('of twenty thousand told tasks', async () => {
    const database = await startDatabase();
    const pool = new pg.Pool({ connectionString: await database.createSchema() });
    pool.on('error', () => {});
    await postgresStore(pool).create(taskOf(1));
    await pool.query(`
      INSERT INTO latecall_tasks (scope_key, thread_key, id, handle, idempotency_key, origin, created_at, status,
        call_ids, token_hashes, settlement, settled_at, consumption, consumed_at)
      SELECT '["acme","chat-' || n % 500 || '",null]', '["acme","chat-' || n % 500 || '"]', 'id' || n, 'handle' || n,
        'key' || n, origin, n, 'completed', call_ids, token_hashes, '{}', n, '{}', n
      FROM latecall_tasks, generate_series(2, 20000) AS n`);
    await pool.query('ANALYZE latecall_tasks');
    const scans: Record<string, string[]> = {};
    for (const [name, [sql, ...values]] of Object.entries(statements('FOR UPDATE OF latecall_tasks'))) {
      const { rows } = await pool.query(`EXPLAIN ${sql}`, values);
      const plan = rows.map((row) => String(row['QUERY PLAN']));
      const whole = plan.filter((step) => step.includes('Seq Scan on latecall_tasks'));
      if (whole.length > 0) scans[name] = plan;
    }
    expect(scans).toEqual({});
    await pool.end();
    await database.stop();
  });
});
