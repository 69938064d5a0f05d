import { bytesOf, type Json, toJson } from '../base/json.ts';
import { LatecallError } from '../base/latecall-error.ts';

/** How far the work is. People see it; models do not, since a placeholder never changes (law 13). */
export type Progress = {
  /** At most 2,000 characters. */
  readonly message?: string;
  /** From 0 to 1. */
  readonly fraction?: number;
};

/** One line of what the outside tells people about its work. */
export type LogEntry = {
  /** At most 2,000 characters. */
  readonly message: string;
  /** @default 'info' */
  readonly level?: 'warning' | 'error';
  /** When it came, in milliseconds since the epoch. */
  readonly at: number;
};

/** What the outside needs to be told before it can go on. */
export type InputRequest = {
  /**
   * Names the question; at most 200 characters, used once in the life of a task: asking the same again changes nothing,
   * asking something else is a conflict. @default `input-1`, `input-2`, …
   */
  readonly key?: string;
  /** At most 2,000 characters. */
  readonly message: string;
  /** JSON Schema of the answer; at most 20,000 bytes. Nothing here checks an answer against it: the outside does. */
  readonly schema?: Json;
};

const longest = 2_000;
const longestKey = 200;
const largestSchema = 20_000;

/**
 * Reads progress from untrusted JSON and keeps its known fields only.
 *
 * @throws {LatecallError} with code `invalid_progress` that says what was expected.
 */
export function parseProgress(value: unknown): Progress {
  const { message, fraction } = fieldsOf(value, 'progress');
  if (message !== undefined) checkText(message, 'progress.message');
  if (fraction !== undefined && !(typeof fraction === 'number' && fraction >= 0 && fraction <= 1)) {
    throw invalid('progress.fraction must be a number from 0 to 1');
  }
  return {
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof fraction === 'number' ? { fraction } : {}),
  };
}

/**
 * Reads an input request from untrusted JSON and keeps its known fields only.
 *
 * @throws {LatecallError} with code `invalid_progress` that says what was expected.
 */
export function parseInputRequest(value: unknown): InputRequest {
  const { key, message, schema } = fieldsOf(value, 'inputRequest');
  const text = checkText(message, 'inputRequest.message');
  return {
    ...(key === undefined ? {} : { key: parseInputKey(key) }),
    message: text,
    ...(schema === undefined ? {} : { schema: checkSchema(schema) }),
  };
}

/**
 * Reads the key of a question from untrusted JSON.
 *
 * @throws {LatecallError} with code `invalid_progress` that says what was expected.
 */
function parseInputKey(key: unknown): string {
  if (typeof key === 'string' && key !== '' && key.length <= longestKey) return key;
  throw invalid(`inputRequest.key must be a text of 1 to ${longestKey} characters`);
}

/**
 * Reads a log entry from untrusted JSON: a text, or an object with `message` and `level`.
 *
 * @param at When it came, in milliseconds since the epoch.
 * @throws {LatecallError} with code `invalid_progress` that says what was expected.
 */
export function parseLogEntry(value: unknown, at: number): LogEntry {
  if (typeof value === 'string') return { message: checkText(value, 'log'), at };
  const { message, level } = fieldsOf(value, 'log');
  const text = checkText(message, 'log.message');
  if (level === undefined || level === 'info') return { message: text, at };
  if (level === 'warning' || level === 'error') return { message: text, level, at };
  throw invalid('log.level must be info, warning or error');
}

/**
 * Reads the number of a piece of news from untrusted JSON.
 *
 * @throws {LatecallError} with code `invalid_progress` that says what was expected.
 */
export function parseSequence(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid('sequence must be a whole number from 0');
}

function checkSchema(schema: unknown): Json {
  const json = toJson(schema, 'inputRequest.schema');
  if (bytesOf(json) <= largestSchema) return json;
  throw invalid(`inputRequest.schema must have at most ${largestSchema} bytes`);
}

function fieldsOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw invalid(`${what} must be an object`);
  return value as Record<string, unknown>;
}

function checkText(value: unknown, what: string): string {
  if (typeof value === 'string' && value.length <= longest) return value;
  throw invalid(`${what} must be a text of at most ${longest} characters`);
}

function invalid(expected: string): LatecallError {
  return new LatecallError({ code: 'invalid_progress', message: `Not taken: ${expected}. The task goes on.` });
}
