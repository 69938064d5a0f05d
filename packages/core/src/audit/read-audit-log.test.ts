import { describe, expect, it } from 'vitest';
import { createAuditFile } from '../../test/audit-file.ts';
import { createFakeClock, scope, thrownBy } from '../../test/fixtures.ts';
import { type AuditEntry, type LatecallError, readAuditLog } from '../index.ts';

async function createLines() {
  const file = createAuditFile();
  const { sink } = file.open(createFakeClock());
  for (const id of ['a', 'b']) await sink({ type: 'task.progress', at: 1, id, scope });
  const [first = '', second = ''] = file.lines;
  return { first, second };
}

const read = (lines: Iterable<string> | AsyncIterable<string>) => Array.fromAsync(readAuditLog(lines));

describe('readAuditLog', () => {
  it('reads lines that come one after the other, and passes over empty ones', async () => {
    const { first, second } = await createLines();
    async function* lines() {
      yield* ['', first, '  ', second, ''];
    }
    expect((await read(lines())).map(({ event }) => event.id)).toEqual(['a', 'b']);
  });

  it('names the line that is no JSON', async () => {
    const { first, second } = await createLines();
    const error = await thrownBy(() => read([first, second.slice(0, 40)]));
    expect(error).toMatchObject({
      code: 'invalid_audit_entry',
      message: expect.stringMatching(/^Line 2 .*broken off/),
    });
  });

  it.each([
    ['another version', { v: 2 }, '"v" must be 1'],
    ['no writer', { writer: '' }, '"writer"'],
    ['no place', { sequence: 0 }, '"sequence"'],
    ['no predecessor', { previous: undefined }, '"previous"'],
    ['no hash', { hash: 1 }, '"hash"'],
    ['a strange count', { dropped: -1 }, '"dropped"'],
    ['no event', { event: null }, '"event"'],
    ['an event without a scope', { event: { type: 'task.created', at: 1, id: 'a' } }, '"event"'],
  ])('refuses an entry with %s', async (_, change: Partial<Record<keyof AuditEntry, unknown>>, told) => {
    const { first } = await createLines();
    const error = await thrownBy(() => read([JSON.stringify({ ...JSON.parse(first), ...change })]));
    expect(error).toMatchObject({ code: 'invalid_audit_entry', message: expect.stringContaining(told) });
  });

  it('leaves out what is broken if somebody is told of it', async () => {
    const { first, second } = await createLines();
    const told: string[] = [];
    const onBroken = ({ message }: LatecallError, line: string) => void told.push(`${message} ${line}`);
    const entries = await Array.fromAsync(readAuditLog(['[]', first, 'torn', second], { onBroken }));
    expect(entries.map(({ event }) => event.id)).toEqual(['a', 'b']);
    expect(told).toEqual([expect.stringMatching(/^Line 1 .*\[\]$/), expect.stringMatching(/^Line 3 .*torn$/)]);
  });
});
