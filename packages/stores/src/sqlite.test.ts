import fs, { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { LatecallError, type NewTask, type TaskHint, type TaskStore } from '@latecall/core';
import { storeConformance } from '@latecall/testing';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { sqliteStore } from './sqlite.ts';

const folder = mkdtempSync(join(tmpdir(), 'latecall-sqlite-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => {
  files += 1;
  return join(folder, `${files}.db`);
};

const scope = { tenant: 'acme', thread: 'chat-1' };
const ref = { scope, id: 'task_1' };
const task: NewTask = {
  ...ref,
  handle: 'render_k3f9',
  turn: 'turn_1',
  toolName: 'render',
  callIds: ['c1'],
  arguments: {},
  idempotencyKey: 'key_1',
  tokenHashes: [],
  createdAt: 0,
};
const settlement = { status: 'completed', result: 1 } as const;
const claim = {
  scope,
  claimant: 'run-1',
  now: 2,
  wanted: [{ id: 'task_1', delivery: { kind: 'replace', offset: 0 } }],
} as const;

/** As on a file system that cannot be watched. */
function breakWatching(): void {
  vi.spyOn(fs, 'watch').mockImplementation(() => {
    throw new Error('cannot be watched');
  });
  syncBuiltinESMExports();
}
afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

/** Resolves with the first hint. */
const hinted = (store: TaskStore) => new Promise<TaskHint>((resolve) => store.subscribe(resolve));

const codeOf = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    if (LatecallError.isInstance(error)) return [error.code, error.message];
    throw error;
  }
  return undefined;
};

describe('sqliteStore in memory', () => {
  const createStore = () => sqliteStore(':memory:');
  const tests = storeConformance({ createStore, closeStore: (store) => store.close() });
  for (const { name, run } of tests) it(name, run);
});

describe('sqliteStore in a file', () => {
  const createStore = () => sqliteStore(newFile());
  const tests = storeConformance({ createStore, closeStore: (store) => store.close() });
  for (const { name, run } of tests) it(name, run);
});

describe('a file that is closed and opened again', () => {
  it('holds everything, and goes on from there', async () => {
    const file = newFile();
    const before = sqliteStore(file);
    await before.create(task);
    await before.settle(ref, { settlement, now: 1 });
    await before.claim(claim);
    const stored = await before.get(ref);
    before.close();
    const after = sqliteStore(file);
    expect(await after.get(ref)).toEqual(stored);
    expect(await after.claim({ ...claim, claimant: 'run-2' })).toEqual([]);
    expect(await after.consume(ref, { claimant: 'run-1', turn: 't', now: 3, told: { outcome: settlement } })).toBe(
      true,
    );
    expect((await after.create({ ...task, id: 'task_2', idempotencyKey: 'key_2' })).result).toBe('handle_taken');
    after.close();
  });

  it('lists what comes later behind what was there', async () => {
    const file = newFile();
    for (const id of ['b', 'a', 'c']) {
      const store = sqliteStore(file);
      await store.create({ ...task, id, handle: id, idempotencyKey: id });
      store.close();
    }
    const store = sqliteStore(file);
    expect((await store.list(scope)).map(({ id }) => id)).toEqual(['b', 'a', 'c']);
    store.close();
  });
});

describe('two stores on one file', () => {
  const two = () => {
    const file = newFile();
    return [sqliteStore(file), sqliteStore(file)] as const;
  };

  it('see what the other wrote', async () => {
    const [one, other] = two();
    await one.create(task);
    expect(await other.get(ref)).toEqual(await one.get(ref));
    expect((await other.settle(ref, { settlement, now: 1 })).verdict).toBe('accepted');
    expect((await one.settle(ref, { settlement, now: 1 })).verdict).toBe('duplicate');
    one.close();
    other.close();
  });

  it.each([
    ['as soon as the file system says so', '1h'],
    ['by looking now and then', 5],
  ] as const)('hear of what the other settled, %s', async (_, pollInterval) => {
    if (pollInterval === 5) breakWatching();
    const file = newFile();
    const [one, other] = [sqliteStore(file, { pollInterval }), sqliteStore(file)];
    await one.create(task);
    const hint = hinted(one);
    await other.settle(ref, { settlement, now: 1 });
    expect(await hint).toEqual({ scope, id: 'task_1' });
    one.close();
    other.close();
  });

  it('hear of all that the other did in between, once each', async () => {
    const [one, other] = two();
    const names = Array.from({ length: 20 }, (_, index) => `task_${index}`);
    for (const id of names) await other.create({ ...task, id, handle: id, idempotencyKey: id });
    const heard: string[] = [];
    const last = new Promise<void>((resolve) => {
      one.subscribe(({ id }) => {
        heard.push(id);
        if (id === names.at(-1)) resolve();
      });
    });
    for (const id of names) await other.settle({ scope, id }, { settlement, now: 1 });
    await last;
    expect(heard).toEqual(names);
    one.close();
    other.close();
  });

  it('hear nothing of what the other claimed and consumed, nor of what was before', async () => {
    const [one, other] = two();
    for (const id of ['task_1', 'last']) await other.create({ ...task, id, handle: id, idempotencyKey: id });
    await other.settle(ref, { settlement, now: 1 });
    const heard: string[] = [];
    const last = new Promise<void>((resolve) => {
      one.subscribe(({ id }) => {
        heard.push(id);
        if (id === 'last') resolve();
      });
    });
    await other.claim(claim);
    await other.consume(ref, { claimant: 'run-1', turn: 't', now: 3, told: { outcome: settlement } });
    await other.settle({ scope, id: 'last' }, { settlement, now: 1 });
    await last;
    expect(heard).toEqual(['last']);
    one.close();
    other.close();
  });

  it('wait for each other no longer than busyTimeout', async () => {
    const file = newFile();
    const store = sqliteStore(file, { busyTimeout: 1 });
    const writer = new DatabaseSync(file);
    writer.exec('BEGIN IMMEDIATE');
    await expect(store.create(task)).rejects.toMatchObject({ code: 'store_busy' });
    writer.exec('COMMIT');
    expect((await store.create(task)).result).toBe('created');
    writer.close();
    store.close();
  });
});

describe('a purge of many tasks', () => {
  it('lets others have their turn before it is over', async () => {
    const store = sqliteStore(':memory:');
    for (let index = 0; index < 1_200; index += 1) {
      await store.create({ ...task, id: `${index}`, handle: `${index}`, idempotencyKey: `${index}` });
    }
    const order: string[] = [];
    const turn = new Promise<void>((resolve) => {
      setImmediate(() => {
        order.push('others');
        resolve();
      });
    });
    const deleted = await store.purge({ before: 1, which: 'all', limit: 1_100 });
    order.push('purged');
    await turn;
    expect([deleted, order]).toEqual([1_100, ['others', 'purged']]);
    expect((await store.list(scope)).map(({ id }) => id)[0]).toBe('1100');
    store.close();
  });
});

describe('claims of very many tasks', () => {
  it('are one claim each, in the order in which they are wanted', async () => {
    const store = sqliteStore(':memory:');
    const ids = Array.from({ length: 2_100 }, (_, index) => `${index}`);
    for (const id of ids) {
      await store.create({ ...task, id, handle: id, idempotencyKey: id });
      await store.settle({ scope, id }, { settlement, now: 1 });
    }
    const delivery = { kind: 'replace', offset: 0 } as const;
    const claimed = await store.claim({ ...claim, wanted: ids.toReversed().map((id) => ({ id, delivery })) });
    expect(claimed.map(({ id }) => id)).toEqual(ids.toReversed());
    store.close();
  });
});

describe('what a file is written with', () => {
  it.each([
    ['full', 2],
    ['normal', 1],
  ] as const)('synchronous %s', (synchronous, level) => {
    const opened = vi.spyOn(DatabaseSync.prototype, 'exec');
    sqliteStore(newFile(), { synchronous }).close();
    expect(opened.mock.calls.flat()).toContain(`PRAGMA synchronous = ${synchronous}`);
    const database = new DatabaseSync(':memory:');
    database.exec(`PRAGMA synchronous = ${synchronous}`);
    expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: level });
    database.close();
  });
});

describe('what cannot be opened', () => {
  it('is a file in a folder that does not exist', () => {
    const file = join(folder, 'nowhere', 'tasks.db');
    expect(codeOf(() => sqliteStore(file))).toEqual(['store_unavailable', expect.stringContaining(file)]);
  });

  it('is a file that is no database, which stays as it is', () => {
    const file = newFile();
    writeFileSync(file, 'Dear diary, '.repeat(100));
    expect(codeOf(() => sqliteStore(file))).toEqual(['store_unavailable', expect.stringContaining('not a database')]);
  });

  it('is a new file that somebody else keeps locked', () => {
    const file = newFile();
    const writer = new DatabaseSync(file);
    writer.exec('BEGIN IMMEDIATE; CREATE TABLE notes (text TEXT)');
    expect(codeOf(() => sqliteStore(file, { busyTimeout: 1 }))).toEqual(['store_busy', expect.stringContaining(file)]);
    writer.exec('ROLLBACK');
    sqliteStore(file).close();
    writer.close();
  });

  it('is an empty path, which would be lost at the end', () => {
    expect(codeOf(() => sqliteStore(''))).toEqual(['store_unavailable', expect.stringContaining('non-empty')]);
  });

  it('is a file that a newer release wrote', () => {
    const file = newFile();
    sqliteStore(file).close();
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(codeOf(() => sqliteStore(file))).toEqual(['store_version', expect.stringContaining('schema version 99')]);
  });

  it('is a file from before the first release, which stays as it is', () => {
    const file = newFile();
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 1; CREATE TABLE latecall_tasks (seq INTEGER PRIMARY KEY, progress TEXT)');
    expect(codeOf(() => sqliteStore(file))).toEqual(['store_version', expect.stringContaining('Delete the file')]);
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'delete' });
    database.close();
  });

  it('is the database of another application, which stays as it is', () => {
    const file = newFile();
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 1; CREATE TABLE notes (text TEXT)');
    expect(codeOf(() => sqliteStore(file))).toEqual(['store_foreign', expect.stringContaining('another application')]);
    expect(database.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'notes' }]);
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'delete' });
    database.close();
  });

  it('is any file on a Node without node:sqlite', () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined);
    expect(codeOf(() => sqliteStore(':memory:'))).toEqual(['sqlite_missing', expect.stringContaining('22.13')]);
  });

  it('is one with an interval that is no length of time', () => {
    expect(codeOf(() => sqliteStore(':memory:', { pollInterval: 0 }))).toEqual(['invalid_duration', expect.anything()]);
  });
});

describe('a store that was closed', () => {
  it('says so, and may be closed again', async () => {
    const store = sqliteStore(newFile());
    store.subscribe(() => {});
    store.close();
    store.close();
    await expect(store.get(ref)).rejects.toMatchObject({ code: 'store_closed' });
    expect(codeOf(() => store.subscribe(() => {}))).toEqual(['store_closed', expect.anything()]);
  });
});
