// The audit log: every dispatch, settlement and turn, one line each, in a table of its own.
import { type AuditLog, createAuditLog, readAuditLog, readLineage, verifyAuditLog } from '@latecall/core';
import { once } from './once.ts';
import { openDatabase } from './state.ts';

/** The log of one agent of the app. */
export function openAuditLog(name: string): { log: AuditLog; read: (thread: string) => Promise<ThreadAudit> } {
  return once(`audit ${name}`, () => {
    const database = openDatabase(`${name}-audit`);
    database.exec('CREATE TABLE IF NOT EXISTS lines (position INTEGER PRIMARY KEY, line TEXT NOT NULL)');
    const insert = database.prepare('INSERT INTO lines (line) VALUES (?)');
    const select = database.prepare('SELECT line FROM lines ORDER BY position');
    const log = createAuditLog({ write: (line) => void insert.run(line) });
    return {
      log,
      read: async (thread) => {
        const lines = select.all().map(({ line }) => String(line));
        const entries = await Array.fromAsync(readAuditLog(lines));
        const { ok } = await verifyAuditLog(entries);
        return { intact: ok, lineage: readLineage(entries.filter(({ event }) => event.scope.thread === thread)) };
      },
    };
  });
}

export interface ThreadAudit {
  /** No line of the log was changed or taken out. */
  readonly intact: boolean;
  readonly lineage: ReturnType<typeof readLineage>;
}
