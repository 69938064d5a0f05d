import { describe, expect, it } from 'vitest';
import { type AuditFile, createAuditFile } from '../../test/audit-file.ts';
import {
  createDeferred,
  createFakeClock,
  createScene,
  pendingChat,
  type Scene,
  type SceneOptions,
  scope,
  thrownBy,
  until,
} from '../../test/fixtures.ts';
import { type AuditEvent, type AuditLogOptions, createAuditLog, readLineage, verifyAuditLog } from '../index.ts';

const full = new Error('disk is full');

const eventOf = (id: string, type: AuditEvent['type'] = 'task.progress'): AuditEvent => ({ type, at: 1, id, scope });

function createLog(options: Partial<AuditLogOptions> = {}) {
  const file = createAuditFile();
  const clock = createFakeClock();
  return { file, clock, log: file.open(clock, options) };
}

/** A scene whose audit goes to a file. */
function createLoggedScene(options: Partial<AuditLogOptions> = {}, more: SceneOptions = {}) {
  const { file, clock, log } = createLog(options);
  return { file, log, scene: createScene({ ...more, clock, audit: log.sink }) };
}

const ids = async (file: AuditFile) => (await file.entries()).map(({ event }) => event.id);

describe('an audit log', () => {
  it('chains the events of a conversation', async () => {
    const { file, log, scene } = createLoggedScene();
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    await (await scene.open(messages)).finish();
    const entries = await file.entries();
    expect(entries.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(entries.map(({ previous }) => previous)).toEqual([
      entries[0]?.writer,
      ...entries.slice(0, -1).map(({ hash }) => hash),
    ]);
    expect(await verifyAuditLog(entries)).toEqual({ ok: true, heads: [log.head()] });
  });

  it('writes one line a time, each one line of JSON', async () => {
    let writing = 0;
    const lines: string[] = [];
    const { sink } = createAuditLog({
      write: async (line) => {
        writing += 1;
        expect(writing).toBe(1);
        await new Promise<void>((resolve) => setImmediate(resolve));
        lines.push(line);
        writing -= 1;
      },
    });
    await Promise.all(['a', 'b', 'c'].map((id) => sink(eventOf(id, 'task.progress'))));
    expect(lines.map((line) => JSON.parse(line).event.id)).toEqual(['a', 'b', 'c']);
    expect(lines.join('')).not.toContain('\n');
  });

  it('takes a write that needs no promise', async () => {
    const lines: string[] = [];
    const { sink } = createAuditLog({ write: (line) => void lines.push(line) });
    await sink(eventOf('a'));
    expect(lines).toHaveLength(1);
  });

  it('has no head before its first line, then that of the last line', async () => {
    const { file, log } = createLog();
    expect(log.head()).toBeUndefined();
    await log.sink(eventOf('a'));
    const [{ writer, sequence, hash } = { writer: '', sequence: 0, hash: '' }] = await file.entries();
    expect(log.head()).toEqual({ writer, sequence, hash });
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a buffer of %s', async (bufferSize) => {
    expect(await thrownBy(() => createLog({ bufferSize }))).toMatchObject({ code: 'invalid_buffer_size' });
  });

  it('names the path of what is no JSON in an event', async () => {
    const { log } = createLog();
    const event = { ...eventOf('a'), payload: new Date() } as unknown as AuditEvent;
    expect(await thrownBy(() => log.sink(event))).toMatchObject({ code: 'not_json', path: '$.event.payload' });
  });
});

describe('an audit log that cannot be written for a while', () => {
  it('writes what waited in order, before what is newer', async () => {
    const { file, log, clock } = createLog();
    await log.sink(eventOf('a'));
    file.broken = full;
    await log.sink(eventOf('b'));
    await log.sink(eventOf('c'));
    expect(log.backlog()).toEqual({ buffered: 2, dropped: 0 });
    file.broken = undefined;
    await clock.advance(1_000);
    await log.sink(eventOf('d'));
    expect(await ids(file)).toEqual(['a', 'b', 'c', 'd']);
    expect(await verifyAuditLog(await file.entries())).toMatchObject({ ok: true });
  });

  it('tries again by itself', async () => {
    const { file, log, clock } = createLog({ retryAfter: '5s' });
    file.broken = full;
    await log.sink(eventOf('a'));
    await clock.advance(5_000);
    expect(file.told).toEqual(['disk is full: 1 buffered, 0 dropped', 'disk is full: 1 buffered, 0 dropped']);
    file.broken = undefined;
    await clock.advance(4_999);
    expect(file.lines).toEqual([]);
    await clock.advance(1);
    expect(await ids(file)).toEqual(['a']);
    expect(clock.waiting).toBe(0);
  });

  it('needs no timer to write what waited', async () => {
    const clock = createFakeClock();
    const { file, log } = createLog({ clock: { ...clock, schedule: () => () => {} } });
    file.broken = full;
    await log.sink(eventOf('a'));
    file.broken = undefined;
    await log.sink(eventOf('b'));
    expect(file.lines).toEqual([]);
    await clock.advance(1_000);
    await log.sink(eventOf('c'));
    expect(await ids(file)).toEqual(['a', 'b', 'c']);
  });

  it('lets nobody wait for writes that fail', async () => {
    let writes = 0;
    const { log } = createLog({
      write: () => {
        writes += 1;
        throw full;
      },
    });
    for (const id of ['a', 'b', 'c']) await log.sink(eventOf(id));
    expect(writes).toBe(1);
  });

  it('gives up a write that hangs', async () => {
    const lines: string[] = [];
    const hangs = createDeferred();
    const { log, clock } = createLog({ write: (line) => (lines.push(line) === 1 ? hangs.promise : undefined) });
    const taken = log.sink(eventOf('a'));
    await until(() => clock.waiting === 1);
    await clock.advance(10_000);
    await taken;
    expect(log.backlog().buffered).toBe(1);
    await clock.advance(1_000);
    expect(log.backlog().buffered).toBe(0);
    expect(lines[1]).toBe(lines[0]);
  });

  it('may write a line twice, which no reader minds', async () => {
    const { file, log, clock } = createLog({
      write: (line) => {
        file.lines.push(line);
        if (file.lines.length === 1) throw new Error('connection lost');
      },
    });
    await log.sink(eventOf('a', 'task.created'));
    await clock.advance(1_000);
    await log.sink(eventOf('b'));
    expect(file.lines).toHaveLength(3);
    expect(await verifyAuditLog(await file.entries())).toMatchObject({ ok: true });
    expect(readLineage(await file.entries()).explain('a')).toHaveLength(2);
  });

  it('is written at once by flush, which says if that fails', async () => {
    const { file, log } = createLog();
    file.broken = full;
    await log.sink(eventOf('a'));
    expect(await thrownBy(() => log.flush())).toBe(full);
    file.broken = undefined;
    await log.flush();
    expect(await ids(file)).toEqual(['a']);
  });

  it('has as its head what was written, not what waits', async () => {
    const { file, log } = createLog();
    await log.sink(eventOf('a'));
    file.broken = full;
    await log.sink(eventOf('b'));
    expect(log.head()?.sequence).toBe(1);
  });
});

describe('a full buffer that goes on', () => {
  it('counts what it drops in the next entry, where it is noticed', async () => {
    const { file, log, clock } = createLog({ onUnavailable: 'continue', bufferSize: 2 });
    file.broken = full;
    for (const id of ['a', 'b', 'c', 'd', 'e']) await log.sink(eventOf(id));
    expect(log.backlog()).toEqual({ buffered: 2, dropped: 3 });
    await clock.advance(1_000);
    expect(file.told.at(-1)).toBe('disk is full: 2 buffered, 3 dropped');
    file.broken = undefined;
    await clock.advance(1_000);
    await log.sink(eventOf('f'));
    await log.sink(eventOf('g'));
    const entries = await file.entries();
    expect(entries.map(({ event, dropped }) => [event.id, dropped])).toEqual([
      ['a', undefined],
      ['b', undefined],
      ['f', 3],
      ['g', undefined],
    ]);
    expect(await verifyAuditLog(entries)).toEqual({
      ok: false,
      problems: [expect.objectContaining({ sequence: 3, problem: 'dropped' })],
    });
  });

  it('dispatches all the same', async () => {
    const { file, scene } = createLoggedScene({ onUnavailable: 'continue', bufferSize: 1 });
    file.broken = full;
    const { id } = await scene.dispatch();
    expect((await scene.task(id)).dispatchedAt).toBeDefined();
  });
});

describe('a full buffer that refuses', () => {
  /** The log is down, and its buffer is full. */
  async function createFullScene(options: Partial<AuditLogOptions> = {}) {
    const ran: string[] = [];
    const tools = { render: { dispatch: (_: unknown, { id }: { id: string }) => ran.push(id) } };
    const made = createLoggedScene({ bufferSize: 1, ...options }, { tools });
    made.file.broken = full;
    await made.log.sink(eventOf('x'));
    return { ...made, ran };
  }

  const taskOf = async ({ store }: Scene) => (await store.list(scope)).at(0);

  it('refuses a dispatch before the tool runs, and says why', async () => {
    const { scene, ran } = await createFullScene();
    const error = await thrownBy(() => scene.dispatch());
    expect(error).toMatchObject({ code: 'audit_failed', cause: { code: 'audit_unavailable', cause: full } });
    expect(ran).toEqual([]);
    const task = await taskOf(scene);
    expect(task).toMatchObject({ status: 'failed', consumption: { turn: 'turn_1' } }); // nothing takes it up later
    expect(task).not.toHaveProperty('dispatchedAt');
  });

  it('dispatches the same call once the log is back', async () => {
    const { file, scene, ran } = await createFullScene();
    await thrownBy(() => scene.dispatch());
    file.broken = undefined;
    await scene.clock.advance(1_000);
    const { id } = await scene.dispatch();
    expect(ran).toEqual([id]);
    const lineage = readLineage(await file.entries());
    expect(lineage.turns()).toMatchObject([{ id: 'turn_1', calls: [{ callId: 'c1', toolName: 'render', task: id }] }]);
  });

  it('refuses a model call that would tell a result before it is made', async () => {
    const { file, log, scene } = createLoggedScene({ bufferSize: 1 });
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    file.broken = full;
    await log.sink(eventOf('x'));
    expect(await thrownBy(() => scene.begin(messages))).toMatchObject({ code: 'audit_unavailable' });
    file.broken = undefined;
    await scene.clock.advance(1_000);
    const other = await scene.open(messages, { claimant: 'run-2' }); // the claim was given back
    expect(other.tells).toEqual(new Set([request.id]));
  });

  it('counts what it refused, too', async () => {
    const { file, log, clock } = createLog({ bufferSize: 1 });
    file.broken = full;
    await log.sink(eventOf('a'));
    expect(await thrownBy(() => log.sink(eventOf('b')))).toMatchObject({ code: 'audit_unavailable', cause: full });
    file.broken = undefined;
    await clock.advance(1_000);
    await log.sink(eventOf('c'));
    expect((await file.entries()).map(({ dropped }) => dropped)).toEqual([undefined, 1]);
  });

  it('keeps its last tenth for work that has begun', async () => {
    const { file, log } = createLog({ bufferSize: 10 });
    file.broken = full;
    for (let sent = 0; sent < 9; sent += 1) await log.sink(eventOf('a'));
    for (const type of ['task.created', 'task.rejoined', 'task.claimed'] as const) {
      expect(await thrownBy(() => log.sink(eventOf('b', type)))).toMatchObject({ code: 'audit_unavailable' });
    }
    await log.sink(eventOf('c', 'task.settled'));
    expect(await thrownBy(() => log.sink(eventOf('d', 'task.settled')))).toMatchObject({ code: 'audit_unavailable' });
  });
});
