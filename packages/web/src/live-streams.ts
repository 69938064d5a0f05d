import { type Scope, scopeKey } from '@latecall/core';
import { createResumableStreamContext } from 'resumable-stream/generic';
import type { StreamPubSub } from './pub-sub.ts';

/** The streams of runs, for any number of readers, each from its beginning. */
export interface LiveStreams {
  /** Reads the source to its end whoever listens; gives a copy of it. The id is a new one. */
  publish(scope: Scope, id: string, source: ReadableStream<string>): Promise<ReadableStream<string>>;
  /** The stream that goes on in this conversation, in any process; `undefined` if there is none. */
  join(scope: Scope): Promise<ReadableStream<string> | undefined>;
  /** The id of the stream that goes on. */
  current(scope: Scope): Promise<string | undefined>;
}

/** A run that takes longer than this can no longer be joined. */
const expirySeconds = 86_400;

export function createLiveStreams({ publisher, subscriber }: StreamPubSub): LiveStreams {
  const context = createResumableStreamContext({ publisher, subscriber, waitUntil: null, keyPrefix: 'latecall' });

  const latest = async (scope: Scope): Promise<string | undefined> => {
    const id = await publisher.get(keyOf(scope));
    return typeof id === 'string' ? id : undefined;
  };

  return {
    publish: async (scope, id, source) => {
      await publisher.set(keyOf(scope), id, { EX: expirySeconds });
      const stream = await context.createNewResumableStream(id, () => source);
      if (stream === null) throw new Error(`A stream "${id}" was published before.`); // ids are new
      return stream;
    },
    join: async (scope) => {
      const id = await latest(scope);
      if (id === undefined) return undefined;
      // No answer: its process has died in the middle.
      return (await context.resumeExistingStream(id).catch(() => undefined)) ?? undefined;
    },
    current: async (scope) => {
      const id = await latest(scope);
      return id !== undefined && (await context.hasExistingStream(id)) === true ? id : undefined;
    },
  };
}

function keyOf(scope: Scope): string {
  return `latecall:run:${scopeKey(scope)}`;
}
