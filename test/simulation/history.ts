import type { Json } from '@latecall/core';
import type { World } from './world.ts';

/** The app's own database: the messages of its conversations. */
export interface Histories {
  read(thread: string): readonly Json[];
  /** Appends to a history of this length, or nothing. @throws if somebody else has appended to it. */
  append(thread: string, added: readonly Json[], length: number): void;
  /** A message of the user, wherever the conversation is. */
  say(thread: string, message: Json): void;
  readonly threads: readonly string[];
}

export function createHistories(world: World, threads: readonly string[]): Histories {
  const histories = new Map<string, readonly Json[]>(threads.map((thread) => [thread, []]));
  const read = (thread: string) => histories.get(thread) ?? [];
  const put = (thread: string, added: readonly Json[]) =>
    histories.set(thread, [...read(thread), ...frozen(JSON.parse(JSON.stringify(added)) as Json[])]);
  return {
    threads,
    read,
    append: (thread, added, length) => {
      if (read(thread).length !== length) throw new Error(`Somebody else has appended to ${thread}.`);
      put(thread, added);
      world.say(`history of ${thread}: ${read(thread).length} messages`);
    },
    say: (thread, message) => put(thread, [message]),
  };
}

/** Law 8: a host that writes into the app's messages throws. */
function frozen<VALUE>(value: VALUE): VALUE {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) frozen(member);
    Object.freeze(value);
  }
  return value;
}

/** Who spoke last, and whether that leaves something to do for the agent. */
export function lastSpeaker(history: readonly Json[]): 'user' | 'tool' | 'agent' | undefined {
  const last = history.at(-1) as { role?: string; type?: string } | undefined;
  switch (last?.role ?? last?.type) {
    case 'user':
    case 'human':
      return 'user';
    case 'tool':
      return 'tool';
    case undefined:
      return undefined;
    default:
      return 'agent';
  }
}
