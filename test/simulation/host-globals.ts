import { createHash, createHmac, type webcrypto } from 'node:crypto';
import type { Random } from './random.ts';
import type { World } from './world.ts';

type Bytes = ArrayBuffer | ArrayBufferView<ArrayBuffer>;

const bytesOf = (data: Bytes) =>
  data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const bufferOf = (bytes: Buffer): ArrayBuffer => Uint8Array.from(bytes).buffer;

interface SimulatedKey {
  readonly secret: Uint8Array;
}

/** The part of Web Crypto that is used here, without its threads: what it gives is there at once. */
const subtle = {
  digest: async (_algorithm: string, data: Bytes) => bufferOf(createHash('sha256').update(bytesOf(data)).digest()),
  importKey: async (_format: string, data: Bytes): Promise<SimulatedKey> => ({
    secret: Uint8Array.from(bytesOf(data)),
  }),
  sign: async (_algorithm: string, { secret }: SimulatedKey, data: Bytes) =>
    bufferOf(createHmac('sha256', secret).update(bytesOf(data)).digest()),
  verify: async (_algorithm: string, { secret }: SimulatedKey, signature: Bytes, data: Bytes) =>
    createHmac('sha256', secret).update(bytesOf(data)).digest().equals(bytesOf(signature)),
};

function uuid(random: Random): `${string}-${string}-${string}-${string}-${string}` {
  const hex = [...random.bytes(16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/**
 * While `simulate` runs, the hosts' timers, network, randomness and hashing are those of the simulated world: nothing
 * takes real time, and nothing comes from another thread.
 */
export async function withHostGlobals<VALUE>(
  { world, random, fetch }: { world: World; random: Random; fetch: typeof globalThis.fetch },
  simulate: () => Promise<VALUE>,
): Promise<VALUE> {
  const before = new Map<string, PropertyDescriptor | undefined>();
  const put = (name: string, value: unknown) => {
    before.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  };
  const realRandom = Math.random;
  const timers = new Map<number, () => void>();
  let count = 0;
  const start = (run: (...given: unknown[]) => unknown, ms = 0, ...given: unknown[]) => {
    count += 1;
    const id = count;
    timers.set(
      id,
      world.after(ms, () => {
        timers.delete(id);
        run(...given);
      }),
    );
    return timerOf(id);
  };
  const stop = (timer: { readonly id: number } | undefined) => {
    if (timer === undefined) return;
    timers.get(timer.id)?.();
    timers.delete(timer.id);
  };
  const simulatedCrypto: Partial<webcrypto.Crypto> = {
    subtle: subtle as unknown as webcrypto.SubtleCrypto, // the part that is used
    randomUUID: () => uuid(random),
    getRandomValues: ((array: Uint8Array) => {
      array.set(random.bytes(array.length));
      return array;
    }) as webcrypto.Crypto['getRandomValues'],
  };
  put('crypto', simulatedCrypto);
  put('fetch', fetch);
  put('setTimeout', start);
  put('clearTimeout', stop);
  put('setImmediate', (run: (...given: unknown[]) => unknown, ...given: unknown[]) => start(run, 0, ...given));
  put('clearImmediate', stop);
  Math.random = random.next;
  try {
    return await simulate();
  } finally {
    Math.random = realRandom;
    for (const [name, descriptor] of before) {
      if (descriptor === undefined) Reflect.deleteProperty(globalThis, name);
      else Object.defineProperty(globalThis, name, descriptor);
    }
  }
}

/** As Node's timers are. */
function timerOf(id: number) {
  const timer = { id, unref: () => timer, ref: () => timer, hasRef: () => false, refresh: () => timer };
  return timer;
}
