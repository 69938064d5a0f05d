import { type Clock, systemClock } from '../base/clock.ts';
import { type Duration, toMilliseconds } from '../base/duration.ts';
import { canonicalJson, toJson } from '../base/json.ts';
import { LatecallError } from '../base/latecall-error.ts';
import { createId, cryptoRandomBytes, type RandomBytes } from '../base/random.ts';
import type { AuditEvent, AuditEventType, AuditSink } from './audit.ts';
import { type AuditHead, hashOf } from './audit-entry.ts';

/** Where an audit log goes, and what becomes of events while it cannot be written. */
export interface AuditLogOptions {
  /**
   * Appends one line of JSON (without a line break) to a file, a table, a queue. Called one at a time, in order. A throw
   * means that the line may not be there: it is written again later, so it may stand there twice.
   */
  readonly write: (line: string) => void | Promise<void>;
  /**
   * What happens when the log cannot be written and the buffer is full. `refuse`: the event throws, so that nothing goes
   * on unlogged; the last tenth of the buffer is kept for work that has begun, so that new work is refused first.
   * `continue`: the event is dropped and counted, and the count stands in the next entry. @default 'refuse'
   */
  readonly onUnavailable?: 'refuse' | 'continue';
  /** So many entries wait in memory while the log cannot be written; at least 1. @default 1_000 */
  readonly bufferSize?: number;
  /** How long after a failed write it is tried again. @default '1s' */
  readonly retryAfter?: Duration;
  /** How long a write may take; after that it counts as failed. @default '10s' */
  readonly writeTimeout?: Duration;
  /** Told of every write that failed, and how much waits and is lost by now. Must not throw. @default nobody is told */
  readonly onError?: (error: unknown, backlog: AuditBacklog) => void;
  /** The name of the chain; never use one twice in a log. @default a random one, for each start of a process its own */
  readonly writer?: string;
  readonly clock?: Clock;
  readonly randomBytes?: RandomBytes;
}

/** What is not in the log yet. */
export interface AuditBacklog {
  /** Entries that wait to be written. */
  readonly buffered: number;
  /** Events that found no room and that no entry tells of yet. */
  readonly dropped: number;
}

/** One writer's end of an audit log. */
export interface AuditLog {
  /**
   * Give it to `createLatecall` and `createThreadRunner` as `audit`. Resolves when the event is written or, while the log
   * cannot be written, buffered.
   */
  readonly sink: AuditSink;
  /** The last entry that was written. Keep it elsewhere, to notice later that the end of the log was cut off. */
  head(): AuditHead | undefined;
  backlog(): AuditBacklog;
  /**
   * Writes what waits, now. Call it before the process ends: what is still buffered then is lost.
   *
   * @throws what `write` throws; the rest goes on waiting.
   */
  flush(): Promise<void>;
}

/** Events that come before anything has happened that could not be undone. */
const opening: ReadonlySet<AuditEventType> = new Set(['task.created', 'task.rejoined', 'task.claimed']);

/**
 * An audit log: each event becomes one line of JSON that names the hash of the line before, so that a log that was cut or
 * edited is noticed by {@link verifyAuditLog}. Any number of processes may append to one log; each has its own chain.
 *
 * The hashes hold no secret: who can write the whole log anew can make one that verifies. Keep heads where that one
 * cannot write.
 *
 * @throws {LatecallError} from the sink, with code `audit_unavailable`, when the log cannot be written, the buffer is
 *   full, and it is set to `refuse`; at once with code `invalid_buffer_size` or `invalid_duration`.
 *
 * @example
 * const log = createAuditLog({ write: (line) => appendFile('audit.jsonl', `${line}\n`) });
 * const later = createLatecall({ audit: log.sink });
 */
export function createAuditLog(options: AuditLogOptions): AuditLog {
  const { write, onUnavailable = 'refuse', bufferSize = 1_000, retryAfter = '1s', writeTimeout = '10s' } = options;
  const { onError, clock = systemClock, randomBytes = cryptoRandomBytes } = options;
  const { writer = createId('writer', randomBytes) } = options;
  const retryMs = toMilliseconds(retryAfter);
  const timeoutMs = toMilliseconds(writeTimeout);
  const most = checkBufferSize(bufferSize);
  const reserved = onUnavailable === 'refuse' ? Math.floor(most / 10) : 0;
  const oneAtATime = createQueue();

  const buffer: Waiting[] = [];
  let newest: AuditHead = { writer, sequence: 0, hash: writer };
  let written: AuditHead | undefined;
  let dropped = 0;
  let retry: { readonly at: number; readonly error: unknown; readonly callOff: () => void } | undefined;

  const backlog = () => ({ buffered: buffer.length, dropped });
  const hasRoom = ({ type }: AuditEvent) => buffer.length < most - (opening.has(type) ? reserved : 0);

  const append = async (event: AuditEvent) => {
    const { sequence, hash: previous } = newest;
    const gap = dropped === 0 ? {} : { dropped };
    const entry = { v: 1 as const, writer, sequence: sequence + 1, previous, event, ...gap };
    const json = toJson(entry, 'The audit entry');
    const hash = await hashOf(entry);
    newest = { writer, sequence: sequence + 1, hash };
    dropped = 0;
    buffer.push({ line: canonicalJson({ ...(json as object), hash }), head: newest });
  };
  const writeBuffer = async () => {
    for (let next = buffer[0]; next !== undefined; next = buffer[0]) {
      await inTime({ work: write(next.line), clock, ms: timeoutMs });
      buffer.shift();
      written = next.head;
    }
    retry?.callOff();
    retry = undefined;
  };
  const attempt = async () => {
    try {
      await writeBuffer();
    } catch (error) {
      retry?.callOff();
      const callOff = clock.schedule(() => oneAtATime(attempt), retryMs);
      retry = { at: clock.now() + retryMs, error, callOff };
      onError?.(error, backlog());
    }
  };
  /** Not before its time: while the log is down, nobody waits for a write that fails. */
  const tryToWrite = async () => {
    if (retry === undefined || clock.now() >= retry.at) await attempt();
  };
  const take = async (event: AuditEvent) => {
    if (!hasRoom(event)) await tryToWrite();
    if (hasRoom(event)) {
      await append(event);
      await tryToWrite();
      return;
    }
    dropped += 1;
    if (onUnavailable === 'refuse') throw unavailable({ event, ...backlog(), cause: retry?.error });
  };

  return {
    sink: (event) => oneAtATime(() => take(event)),
    head: () => written,
    backlog,
    flush: () => oneAtATime(writeBuffer),
  };
}

interface Waiting {
  readonly line: string;
  readonly head: AuditHead;
}

/** Runs work one after the other, in the order in which it was given. */
function createQueue(): (work: () => Promise<void>) => Promise<void> {
  let before: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = before.then(work);
    before = result.catch(() => {}); // told to whoever gave it
    return result;
  };
}

async function inTime(given: { work: void | Promise<void>; clock: Clock; ms: number }): Promise<void> {
  const { work, clock, ms } = given;
  if (work === undefined) return;
  let callOff = () => {};
  const tooSlow = new Promise<never>((_, reject) => {
    const error = new LatecallError({
      code: 'audit_write_timeout',
      message: `The audit log did not take a line within ${ms} ms. Make write faster, or raise writeTimeout.`,
    });
    callOff = clock.schedule(() => reject(error), ms);
  });
  try {
    await Promise.race([work, tooSlow]);
  } finally {
    callOff();
  }
}

function checkBufferSize(size: number): number {
  if (Number.isSafeInteger(size) && size >= 1) return size;
  throw new LatecallError({
    code: 'invalid_buffer_size',
    message: `bufferSize must be a whole number from 1, got ${size}.`,
  });
}

function unavailable(refused: AuditBacklog & { event: AuditEvent; cause: unknown }): LatecallError {
  const { event, buffered, cause } = refused;
  const told = cause instanceof Error ? cause.message : String(cause);
  return new LatecallError({
    code: 'audit_unavailable',
    message: `The audit log cannot be written (${told}), and ${buffered} entries wait for it: "${event.type}" of "${event.id}" was not logged. Mend the log, raise bufferSize, or set onUnavailable to "continue".`,
    cause,
  });
}
