import { toBase64Url } from './bytes.ts';

/** Fills and returns `bytes` with random bytes. Tests give one with a seed. */
export type RandomBytes = (length: number) => Uint8Array;

/** Random bytes of the platform's Web Crypto. */
export const cryptoRandomBytes: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

/**
 * An unguessable id with a prefix that says what it is, for example `task_Jx…` (128 random bits). For the outside
 * world and between our own parts; models see handles instead.
 */
export function createId(prefix: string, randomBytes: RandomBytes): string {
  return `${prefix}_${toBase64Url(randomBytes(16))}`;
}
