import { LatecallError } from './latecall-error.ts';
import type { RandomBytes } from './random.ts';

// No vowels, and none of 0, 1, l, o: no words by chance, nothing that is read as something else.
const alphabet = '23456789bcdfghjkmnpqrstvwxz';

/**
 * A short readable name of a task, such as `render_video_k3f9`: the only id a model sees. At most 29 characters, so
 * that call ids made from it stay below the shortest limit of a provider (40). The store sees to it that it is
 * unique in its thread.
 */
export function createHandle({ toolName, randomBytes }: { toolName: string; randomBytes: RandomBytes }): string {
  const suffix = Array.from(randomBytes(4), (byte) => alphabet[byte % alphabet.length]).join('');
  return `${slug(toolName)}_${suffix}`;
}

function slug(toolName: string): string {
  const words = toolName
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, 24);
  return words === '' ? 'task' : words;
}

/** Thrown for a handle that names no task of the thread, or several (law 12). */
export class UnknownHandleError extends LatecallError {
  /** The handles that would have been understood. */
  readonly validHandles: readonly string[];
  constructor({ handle, validHandles, matches }: { handle: string; validHandles: string[]; matches: number }) {
    const problem = matches === 0 ? 'names no task of this conversation' : `could mean ${matches} tasks`;
    const valid = validHandles.length === 0 ? 'There is none.' : `Valid handles: ${validHandles.join(', ')}.`;
    super({ code: 'unknown_handle', message: `"${handle}" ${problem}. ${valid}` });
    this.validHandles = validHandles;
  }
}

/**
 * Finds the handle that a model meant: the exact one, or the only one that begins with what is left of it. Quotes,
 * spaces and letter case do not matter. What fits a call and its own late result (`…_late`) means the call.
 *
 * @throws {UnknownHandleError} if none or several fit; it lists the valid ones.
 */
export function resolveHandle({ handle, handles }: { handle: string; handles: Iterable<string> }): string {
  const validHandles = [...handles];
  const wanted = handle.toLowerCase().replaceAll(/[^a-z0-9_]/g, '');
  if (validHandles.includes(wanted)) return wanted;
  const matches = wanted === '' ? [] : validHandles.filter((candidate) => candidate.startsWith(wanted));
  const only = matches.find((one) => matches.every((other) => other === one || other === `${one}_late`));
  if (only !== undefined) return only;
  throw new UnknownHandleError({ handle, validHandles, matches: matches.length });
}
