import { describe, expect, it } from 'vitest';
import { createAuditFile } from '../../test/audit-file.ts';
import { createFakeClock, scope } from '../../test/fixtures.ts';
import { sha256 } from '../base/bytes.ts';
import { type AuditEntry, type AuditHead, canonicalJson, type Json, verifyAuditLog } from '../index.ts';

/** One log of six entries, `a1`, `b1`, `a2`, …, by two writers. */
async function createLog() {
  const file = createAuditFile();
  const clock = createFakeClock();
  const logs = ['a', 'b'].map((name) => ({ name, log: file.open(clock, { writer: name }) }));
  for (const number of [1, 2, 3]) {
    for (const { name, log } of logs) {
      await log.sink({ type: 'task.progress', at: number, id: `${name}${number}`, scope });
    }
  }
  const entries = await file.entries();
  const heads = logs.flatMap(({ log }) => log.head() ?? []);
  const at = (id: string): AuditEntry => {
    const entry = entries.find(({ event }) => event.id === id);
    if (entry === undefined) throw new Error(`The log has no ${id}.`);
    return entry;
  };
  return { entries, heads, at };
}

const without = (entries: readonly AuditEntry[], ...ids: string[]) =>
  entries.filter(({ event }) => !ids.includes(event.id));

const withEdited = (entries: readonly AuditEntry[], id: string, edited: AuditEntry) =>
  entries.map((entry) => (entry.event.id === id ? edited : entry));

async function problemsOf(
  entries: readonly AuditEntry[],
  options?: { heads?: readonly AuditHead[]; after?: readonly AuditHead[] },
) {
  const verified = await verifyAuditLog(entries, options);
  return verified.ok ? [] : verified.problems.map(({ writer, sequence, problem }) => `${problem} ${writer}${sequence}`);
}

/** Written anew by somebody who knows how. */
async function rehashed({ hash: _, ...entry }: AuditEntry): Promise<AuditEntry> {
  return { ...entry, hash: await sha256(canonicalJson(JSON.parse(JSON.stringify(entry)) as Json)) };
}

describe('verifyAuditLog', () => {
  it('finds nothing in a log that two processes wrote at the same time', async () => {
    const { entries, heads } = await createLog();
    expect(await verifyAuditLog(entries)).toEqual({ ok: true, heads });
    expect(await problemsOf(entries, { heads })).toEqual([]);
  });

  it('finds nothing in an empty log', async () => {
    expect(await verifyAuditLog([])).toEqual({ ok: true, heads: [] });
  });

  it('reads entries as they come', async () => {
    const { entries, heads } = await createLog();
    async function* coming() {
      yield* entries;
    }
    expect(await verifyAuditLog(coming())).toEqual({ ok: true, heads });
  });

  it('notices an edited event', async () => {
    const { entries, at } = await createLog();
    const edited = { ...at('a2'), event: { ...at('a2').event, detail: 'nothing' } };
    expect(await problemsOf(withEdited(entries, 'a2', edited))).toEqual(['edited a2']);
  });

  it('notices something that was added to an entry', async () => {
    const { entries, at } = await createLog();
    const edited = { ...at('a2'), approvedBy: 'nobody' } as AuditEntry;
    expect(await problemsOf(withEdited(entries, 'a2', edited))).toEqual(['edited a2']);
  });

  it('notices an edited event whose hash was made to fit', async () => {
    const { entries, at } = await createLog();
    const edited = await rehashed({ ...at('a2'), event: { ...at('a2').event, detail: 'nothing' } });
    expect(await problemsOf(withEdited(entries, 'a2', edited))).toEqual(['edited a2']);
  });

  it('notices a second entry in the place of another', async () => {
    const { entries, at } = await createLog();
    const other = await rehashed({ ...at('a2'), event: { ...at('a2').event, detail: 'nothing' } });
    expect(await problemsOf([...entries, other])).toEqual(['edited a2']);
  });

  it('notices entries that were taken out', async () => {
    const { entries } = await createLog();
    expect(await problemsOf(without(entries, 'a2'))).toEqual(['missing a2']);
    expect(await problemsOf(without(entries, 'a1', 'a2', 'b1'))).toEqual(['missing b1', 'missing a1']);
  });

  it('notices entries that changed places', async () => {
    const { entries, at } = await createLog();
    expect(await problemsOf([...without(entries, 'a2'), at('a2')])).toEqual(['reordered a2']);
  });

  it('does not mind an entry that stands there twice', async () => {
    const { entries, at } = await createLog();
    expect(await problemsOf([...entries, at('a1'), at('a3')])).toEqual([]);
  });

  it('cannot see that the end was cut off without a head that was kept', async () => {
    const { entries, heads } = await createLog();
    const cut = without(entries, 'a3', 'b2', 'b3');
    expect(await problemsOf(cut)).toEqual([]);
    expect(await problemsOf(cut, { heads })).toEqual(['cut a3', 'cut b2']);
  });

  it('misses a whole chain only by its head', async () => {
    const { entries, heads } = await createLog();
    const only = entries.filter(({ writer }) => writer === 'a');
    expect(await problemsOf(only)).toEqual([]);
    expect(await problemsOf(only, { heads })).toEqual(['cut b1']);
  });

  it('notices a last entry that was written anew only by its head', async () => {
    const { entries, heads, at } = await createLog();
    const edited = await rehashed({ ...at('a3'), event: { ...at('a3').event, detail: 'nothing' } });
    const forged = withEdited(entries, 'a3', edited);
    expect(await problemsOf(forged)).toEqual([]);
    expect(await problemsOf(forged, { heads })).toEqual(['edited a3']);
  });

  it('goes on where an older part was put away', async () => {
    const { entries } = await createLog();
    const older = entries.slice(0, 3);
    const newer = entries.slice(3);
    const first = await verifyAuditLog(older);
    const after = first.ok ? first.heads : [];
    expect(await problemsOf(newer)).toEqual(['missing b1', 'missing a1']);
    expect(await problemsOf(newer, { after })).toEqual([]);
    expect(await problemsOf(newer.slice(1), { after })).toEqual(['missing b2']);
    expect(await problemsOf([...newer, ...older.slice(0, 1)], { after })).toEqual(['reordered a1']);
  });
});
