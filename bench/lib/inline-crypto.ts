import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Computes the digests and signatures of Web Crypto in line. Web Crypto has a pool of threads for them, which virtual
 * time cannot see: it would move on while a signature is still being made.
 */
export function computeDigestsInline(): void {
  const keys = new WeakMap<object, Uint8Array>();
  const hmac = (key: object, data: Uint8Array) =>
    createHmac('sha256', keys.get(key) ?? new Uint8Array())
      .update(data)
      .digest();
  const inline = {
    importKey: async (_format: string, bytes: Uint8Array) => {
      const key = {};
      keys.set(key, Uint8Array.from(bytes));
      return key;
    },
    digest: async (_algorithm: string, data: Uint8Array) => bufferOf(createHash('sha256').update(data).digest()),
    sign: async (_algorithm: string, key: object, data: Uint8Array) => bufferOf(hmac(key, data)),
    verify: async (_algorithm: string, key: object, signature: Uint8Array, data: Uint8Array) => {
      const wanted = hmac(key, data);
      return wanted.length === signature.length && timingSafeEqual(wanted, signature);
    },
  };
  for (const [name, value] of Object.entries(inline)) {
    Object.defineProperty(globalThis.crypto.subtle, name, { value, configurable: true });
  }
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
