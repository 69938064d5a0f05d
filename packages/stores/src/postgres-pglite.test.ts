import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { storeConformance } from '@latecall/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { refOf, taskOf } from '../test/sample-tasks.ts';
import { type PglitePool, pglitePool, postgresStore } from './postgres.ts';

const folder = mkdtempSync(join(tmpdir(), 'latecall-pglite-'));
afterAll(() => rmSync(folder, { recursive: true }));

const open = (dataDir: string | undefined) => (dataDir === undefined ? PGlite.create() : PGlite.create(dataDir));

describe('postgresStore on PGlite', { timeout: 30_000 }, () => {
  let pool: PglitePool;
  let schemas = 0;
  beforeAll(async () => {
    pool = await pglitePool({ open });
    return () => pool.end();
  }, 60_000);

  const createStore = async () => {
    schemas += 1;
    await pool.query(`CREATE SCHEMA latecall_${schemas}`, []);
    await pool.query(`SET search_path = latecall_${schemas}`, []);
    return postgresStore(pool);
  };
  for (const { name, run } of storeConformance({ createStore, closeStore: (store) => store.close() })) it(name, run);

  it('leaves nothing half made where the tables are refused', async () => {
    const store = await createStore();
    await pool.query('CREATE TABLE latecall_tasks (note TEXT)', []);
    await expect(store.migrate()).rejects.toMatchObject({ code: 'store_foreign' });
    const { rows } = await pool.query("SELECT to_regclass('latecall_schema') AS made", []);
    expect(rows).toEqual([{ made: null }]);
    await pool.query('DROP TABLE latecall_tasks', []);
    expect((await store.create(taskOf(1))).result).toBe('created');
  });
});

describe('a PGlite folder', () => {
  it('has one opener at a time, and holds everything for the next', { timeout: 60_000 }, async () => {
    const dataDir = join(folder, 'made', 'here');
    const pool = await pglitePool({ dataDir, open });
    await postgresStore(pool).create(taskOf(1));
    const openAgain = vi.fn(open);
    await expect(pglitePool({ dataDir, open: openAgain })).rejects.toMatchObject({ code: 'store_in_use' });
    expect(openAgain).not.toHaveBeenCalled();
    await pool.end();
    const next = await pglitePool({ dataDir, open });
    expect(await postgresStore(next).get(refOf(1))).toMatchObject({ id: 'task_1' });
    await next.end();
  });

  it('is free again if it could not be opened', async () => {
    const dataDir = join(folder, 'broken');
    const failing = () => {
      throw new Error('broken');
    };
    for (const _ of [1, 2]) await expect(pglitePool({ dataDir, open: failing })).rejects.toThrow('broken');
  });

  it('that another process has open is refused until that one is gone, even if it was killed', async () => {
    const dataDir = join(folder, 'shared');
    const script = fileURLToPath(new URL('../test/hold-folder.ts', import.meta.url));
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, dataDir], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    const reached = () => {
      throw new Error('reached');
    };
    await expect(pglitePool({ dataDir, open: reached })).rejects.toMatchObject({ code: 'store_in_use' });
    child.kill('SIGKILL');
    await once(child, 'close');
    await expect(pglitePool({ dataDir, open: reached })).rejects.toThrow('reached');
  });
});
