import { LatecallError } from '../base/latecall-error.ts';
import { type AuditEntry, parseAuditEntry } from './audit-entry.ts';

/**
 * Reads the lines of an audit log, one after the other; empty lines are passed over. It does not check the chain:
 * {@link verifyAuditLog} does.
 *
 * @param options.onBroken Told of a line that is no entry, which is then left out: for a log into which a process was
 *   writing when it died. What is missing then shows in the chain.
 * @throws {LatecallError} with code `invalid_audit_entry` and the line's number, unless `onBroken` is given.
 */
export async function* readAuditLog(
  lines: Iterable<string> | AsyncIterable<string>,
  options: { readonly onBroken?: (error: LatecallError, line: string) => void } = {},
): AsyncGenerator<AuditEntry, void, undefined> {
  const { onBroken } = options;
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    const entry = tryParse(line, `Line ${number}`);
    if (!LatecallError.isInstance(entry)) yield entry;
    else if (onBroken === undefined) throw entry;
    else onBroken(entry, line);
  }
}

function tryParse(line: string, where: string): AuditEntry | LatecallError {
  try {
    return parseAuditEntry(line, where);
  } catch (error) {
    if (LatecallError.isInstance(error)) return error;
    throw error;
  }
}
