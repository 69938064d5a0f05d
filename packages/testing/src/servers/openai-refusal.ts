import type { RefusalDetail } from './provider-refusal.ts';
import { isJSONObjectText, unknownField, type WireObject } from './wire-value.ts';

const NAME_PATTERN = /^[a-zA-Z0-9_-]+$/;

/** The 400 of OpenAI. */
export function invalidRequest({
  message,
  param = null,
  code = null,
}: {
  message: string;
  param?: string | null;
  code?: string | null;
}): RefusalDetail {
  return { status: 400, type: 'invalid_request_error', message, param, code };
}

/** A field that must be there and is not. */
export function missingParameter(param: string): RefusalDetail {
  return invalidRequest({
    message: `Missing required parameter: '${param}'.`,
    param,
    code: 'missing_required_parameter',
  });
}

/** An array that must hold something. */
export function emptyArray(param: string): RefusalDetail {
  return invalidRequest({
    message: `Invalid '${param}': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
    param,
    code: 'empty_array',
  });
}

/** A value that is none of those that the field takes. */
export function invalidValue(param: string, value: unknown, supported: readonly string[]): RefusalDetail {
  const quoted = supported.map((name) => `'${name}'`);
  const last = quoted.length > 2 ? `, and ${quoted.at(-1)}` : ` and ${quoted.at(-1)}`;
  const list = quoted.length === 1 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')}${last}`;
  return invalidRequest({
    message: `Invalid value: '${String(value)}'. Supported values are: ${list}.`,
    param,
    code: 'invalid_value',
  });
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) {
    return 'null';
  }
  if (typeof value === 'object') {
    return Array.isArray(value) ? 'an array' : 'an object';
  }
  return `a ${typeof value}`;
}

/** A value of another JSON type than the field takes. */
export function invalidType(param: string, expected: string, value: unknown): RefusalDetail {
  return invalidRequest({
    message: `Invalid type for '${param}': expected ${expected}, but got ${typeName(value)} instead.`,
    param,
    code: 'invalid_type',
  });
}

/** A field that the API does not know. */
export function unknownParameter(
  object: WireObject,
  known: readonly string[],
  path: string,
): RefusalDetail | undefined {
  const field = unknownField(object, known);
  if (field === undefined) {
    return undefined;
  }
  const param = path === '' ? field : `${path}.${field}`;
  return invalidRequest({ message: `Unknown parameter: '${param}'.`, param, code: 'unknown_parameter' });
}

/** A required string, no longer than `maximum`. */
export function stringField(
  value: unknown,
  param: string,
  maximum: number = Number.POSITIVE_INFINITY,
): RefusalDetail | undefined {
  if (value === undefined) {
    return missingParameter(param);
  }
  if (typeof value !== 'string') {
    return invalidType(param, 'a string', value);
  }
  return value.length > maximum
    ? invalidRequest({
        message: `Invalid '${param}': string too long. Expected a string with maximum length ${maximum}, but got a string with length ${value.length} instead.`,
        param,
        code: 'string_above_max_length',
      })
    : undefined;
}

/** A required id. An empty one is refused too: no provider mints it and it can match nothing. */
export function idField(value: unknown, param: string, maximum: number): RefusalDetail | undefined {
  return value === ''
    ? invalidRequest({
        message: `Invalid '${param}': empty string. Expected a string with minimum length 1, but got an empty string instead.`,
        param,
        code: 'empty_string',
      })
    : stringField(value, param, maximum);
}

/** A required tool name. */
export function toolNameField(value: unknown, param: string, maximum: number): RefusalDetail | undefined {
  const refused = idField(value, param, maximum);
  if (refused !== undefined || NAME_PATTERN.test(String(value))) {
    return refused;
  }
  return invalidRequest({
    message: `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
    param,
    code: 'invalid_value',
  });
}

/** Required tool arguments: a string that holds a JSON object. */
export function argumentsField(value: unknown, param: string): RefusalDetail | undefined {
  const refused = stringField(value, param);
  if (refused !== undefined || isJSONObjectText(String(value))) {
    return refused;
  }
  return invalidRequest({
    message: `Invalid '${param}': arguments must be a valid JSON object string.`,
    param,
    code: 'invalid_value',
  });
}
