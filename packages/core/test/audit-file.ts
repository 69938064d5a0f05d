import { type AuditEntry, type AuditLog, type AuditLogOptions, createAuditLog, readAuditLog } from '../src/index.ts';
import { createSeededBytes, type FakeClock } from './fixtures.ts';

/** A log in memory whose disk can be full. */
export interface AuditFile {
  readonly lines: string[];
  /** While it is set, nothing can be appended. */
  broken: Error | undefined;
  /** What the logs were told of writes that failed. */
  readonly told: string[];
  /** A further process that appends to it. */
  open(clock: FakeClock, options?: Partial<AuditLogOptions>): AuditLog;
  entries(): Promise<AuditEntry[]>;
}

let logs = 1_000;

export function createAuditFile(): AuditFile {
  const file: AuditFile = {
    lines: [],
    broken: undefined,
    told: [],
    open: (clock, options = {}) => {
      logs += 1;
      return createAuditLog({
        write: async (line) => {
          if (file.broken !== undefined) throw file.broken;
          file.lines.push(line);
        },
        onError: (error, { buffered, dropped }) => {
          file.told.push(`${error instanceof Error ? error.message : error}: ${buffered} buffered, ${dropped} dropped`);
        },
        clock,
        randomBytes: createSeededBytes(logs),
        ...options,
      });
    },
    entries: () => Array.fromAsync(readAuditLog(file.lines)),
  };
  return file;
}
