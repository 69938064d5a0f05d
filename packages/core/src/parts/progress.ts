import { type Json, toJson } from '../base/json.ts';
import { LatecallError } from '../base/latecall-error.ts';

/** How far the work is. People see it; models do not, since a placeholder never changes (law 13). */
export type Progress = {
  /** At most 2,000 characters. */
  readonly message?: string;
  /** From 0 to 1. */
  readonly fraction?: number;
};

/** What the outside needs to be told before it can go on. */
export type InputRequest = {
  /** At most 2,000 characters. */
  readonly message: string;
  /** JSON Schema of the answer. */
  readonly schema?: Json;
};

const longest = 2_000;

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
  const { message, schema } = fieldsOf(value, 'inputRequest');
  const text = checkText(message, 'inputRequest.message');
  return { message: text, ...(schema === undefined ? {} : { schema: toJson(schema, 'inputRequest.schema') }) };
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
