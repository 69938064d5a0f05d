import { fromBase64Url, toBase64Url } from '../base/bytes.ts';
import { canonicalJson, type Json, toJson } from '../base/json.ts';
import { LatecallError } from '../base/latecall-error.ts';

const utf8 = new TextEncoder();

/** Signs parts that travel through a history, and knows its own signatures again. */
export interface Signer {
  /** HMAC-SHA-256 over the canonical JSON of the part (without its own `signature`) and `context`, as base64url. */
  sign(part: object, context: Json): Promise<string>;
  /** `true` if the part's `signature` is ours for this very part and context. */
  verify(part: { readonly signature?: string | undefined }, context: Json): Promise<boolean>;
}

/**
 * Makes a {@link Signer} from a secret; Web Crypto computes the HMAC and compares in constant time.
 *
 * @param secret At least 16 bytes; a string counts as UTF-8.
 * @throws {LatecallError} with code `weak_secret` if it is shorter.
 */
export function createSigner(secret: string | Uint8Array): Signer {
  const bytes = typeof secret === 'string' ? utf8.encode(secret) : Uint8Array.from(secret);
  if (bytes.length < 16) {
    throw new LatecallError({
      code: 'weak_secret',
      message: `The secret must have at least 16 bytes, got ${bytes.length}. Make one with: openssl rand -base64 32`,
    });
  }
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  let imported: Promise<CryptoKey> | undefined;
  const key = () => {
    imported ??= crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign', 'verify']);
    return imported;
  };
  return {
    sign: async (part, context) =>
      toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', await key(), message(part, context)))),
    verify: async (part, context) => {
      const signature = part.signature === undefined ? undefined : fromBase64Url(part.signature);
      if (signature === undefined) return false;
      return crypto.subtle.verify('HMAC', await key(), signature, message(part, context));
    },
  };
}

function message(part: object, context: Json): Uint8Array<ArrayBuffer> {
  const { signature: _, ...unsigned } = part as { signature?: unknown };
  return utf8.encode(canonicalJson([toJson(unsigned, 'A signed part'), context]));
}
