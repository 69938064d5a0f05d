import type { Problem } from './answer.ts';

/** Deeper values could exhaust the stack of what walks through them. */
const maxDepth = 128;

/** Reads UTF-8 JSON; anything else is a problem. */
export function readJson(body: Uint8Array): { readonly value: unknown } | Problem {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return { status: 400, message: 'The body must be JSON in UTF-8.' };
  }
  if (isDeeper(value, maxDepth)) {
    return { status: 422, message: `The body is nested deeper than ${maxDepth} levels.` };
  }
  return { value };
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}
