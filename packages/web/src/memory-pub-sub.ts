import type { Clock } from '@latecall/core';
import type { StreamPubSub } from './pub-sub.ts';

/** How long a value without an expiry of its own is kept: a day. */
const defaultExpirySeconds = 86_400;

/** A {@link StreamPubSub} within this process. */
export function createMemoryPubSub(clock: Pick<Clock, 'now'>): StreamPubSub {
  const values = new Map<string, { value: string; until: number }>();
  const listeners = new Map<string, Set<(message: string) => void>>();

  // Those that were set first expire first, or nearly so: what is left over goes with the next look.
  const dropExpired = () => {
    for (const [key, { until }] of values) {
      if (until > clock.now()) return;
      values.delete(key);
    }
  };

  return {
    publisher: {
      connect: async () => {},
      publish: async (channel, message) => {
        for (const listener of [...(listeners.get(channel) ?? [])]) listener(message);
      },
      set: async (key, value, { EX = defaultExpirySeconds } = {}) => {
        dropExpired();
        values.delete(key);
        values.set(key, { value, until: clock.now() + EX * 1_000 });
      },
      get: async (key) => values.get(key)?.value ?? null,
      incr: async (key) => {
        const count = Number(values.get(key)?.value ?? 0) + 1;
        values.set(key, { value: String(count), until: clock.now() + defaultExpirySeconds * 1_000 });
        return count;
      },
    },
    subscriber: {
      connect: async () => {},
      subscribe: async (channel, listener) => {
        const known = listeners.get(channel) ?? new Set();
        listeners.set(channel, known.add(listener));
      },
      unsubscribe: async (channel) => listeners.delete(channel),
    },
  };
}
