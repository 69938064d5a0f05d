import { createId, cryptoRandomBytes, type Scope, scopeKey } from '@latecall/core';
import type { ChatNewsHub } from './chat-news.ts';
import type { ChatMessage, ChatOptions } from './chat-options.ts';
import { createNewsDetector } from './chunk-news.ts';
import { createLanes } from './lanes.ts';
import type { LiveStreams } from './live-streams.ts';
import { fieldsOf } from './read-post.ts';
import { reportError } from './route-handler.ts';
import { toSSE } from './to-sse.ts';

/** A run that has begun to stream. */
export interface StartedRun {
  /** A copy of its stream. */
  readonly stream: ReadableStream<string>;
  /** Resolves when it has ended and everything is saved. */
  readonly ended: Promise<void>;
}

/** Runs conversations, each one at a time. */
export interface ChatRuns<MESSAGE extends ChatMessage> {
  /**
   * Runs the agent when it is this run's turn.
   *
   * @param run.prepare Makes what the agent answers from what is stored; `undefined` if there is nothing to answer.
   * @param run.silent Nothing is published before the run says something new. @default false
   */
  start(run: {
    scope: Scope;
    prepare: (stored: MESSAGE[]) => Promise<MESSAGE[] | undefined>;
    silent?: boolean;
  }): Promise<StartedRun | undefined>;
  /** Aborts the run that goes on in this process; `false` if there is none. */
  stop(scope: Scope): boolean;
}

export function createChatRuns<MESSAGE extends ChatMessage>(
  options: Pick<ChatOptions<MESSAGE>, 'answer' | 'messages' | 'waitUntil' | 'onError'> & {
    load: (scope: Scope) => Promise<MESSAGE[]>;
    live: LiveStreams;
    news: ChatNewsHub;
  },
): ChatRuns<MESSAGE> {
  const { answer, messages: database, load, live, news, waitUntil, onError } = options;
  const lanes = createLanes();
  const going = new Map<string, AbortController>();

  const stream = async (scope: Scope, input: { messages: MESSAGE[]; silent: boolean }) => {
    const { messages, silent } = input;
    const before = new Map(messages.map((message) => [message.id, JSON.stringify(message.parts)]));
    const saves: Promise<void>[] = [];
    const stopped = new AbortController();
    const key = scopeKey(scope);
    going.set(key, stopped);
    const over = async () => {
      going.delete(key);
      for (const saved of saves) await saved;
    };

    const save = (message: MESSAGE) => {
      if (saysNothing(message) || before.get(message.id) === JSON.stringify(message.parts)) return Promise.resolve();
      const saving = database.save(scope, message).then(() => news.tell(scope, { type: 'messages' }));
      saves.push(saving);
      return saving;
    };

    try {
      const chunks = await answer({ scope, messages, signal: stopped.signal, save });
      const begun =
        chunks === undefined ? undefined : await begin(chunks, silent ? createNewsDetector(messages) : undefined);
      if (begun === undefined) {
        await over();
        return undefined;
      }
      return await publish(scope, begun, over);
    } catch (error) {
      await over();
      throw error;
    }
  };

  const publish = async (scope: Scope, chunks: AsyncIterable<unknown>, over: () => Promise<void>) => {
    const id = createId('run', cryptoRandomBytes);
    const [begun, ended] = [signal(), signal()];
    const end = async () => {
      await begun.given;
      try {
        await over();
      } finally {
        ended.give();
        await news.tell(scope, { type: 'run', id, running: false });
      }
    };
    try {
      const source = toSSE(chunks, { onError: (error) => reportError(error, onError), end });
      const stream = await live.publish(scope, id, source);
      await news.tell(scope, { type: 'run', id, running: true });
      waitUntil?.(ended.given);
      return { stream, ended: ended.given };
    } finally {
      begun.give();
    }
  };

  return {
    start: ({ scope, prepare, silent = false }) =>
      new Promise((resolve, reject) => {
        const run = async () => {
          const messages = await prepare(await load(scope));
          const started = messages === undefined ? undefined : await stream(scope, { messages, silent });
          resolve(started);
          await started?.ended;
        };
        lanes.run(scopeKey(scope), run).catch(reject);
      }),
    stop: (scope) => {
      const controller = going.get(scopeKey(scope));
      controller?.abort();
      return controller !== undefined;
    },
  };
}

/**
 * The chunks, once there is news among them; `undefined` if there is none.
 *
 * @throws what the run says went wrong, if it says nothing else.
 */
async function begin(
  chunks: ReadableStream<unknown>,
  isNews: ((chunk: unknown) => boolean) | undefined,
): Promise<AsyncIterable<unknown> | undefined> {
  const reader = chunks.getReader();
  const held: unknown[] = [];
  let failure: Error | undefined;
  for (let news = isNews === undefined; !news; ) {
    const { done, value } = await reader.read();
    if (done && failure !== undefined) throw failure;
    if (done) return undefined;
    held.push(value);
    const fields = fieldsOf(value);
    const failed = fields?.get('type') === 'error';
    if (failed) failure = new Error(`The run failed: ${String(fields?.get('errorText'))}`);
    news = !failed && isNews?.(value) === true;
  }
  return withRest(held, reader);
}

async function* withRest(held: readonly unknown[], reader: ReadableStreamDefaultReader<unknown>) {
  yield* held;
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
}

/** A run that waited leaves a message without any part that people could see. */
function saysNothing({ parts }: ChatMessage): boolean {
  return parts.every((part) => fieldsOf(part)?.get('type') === 'step-start');
}

/** A promise, and the function that fulfils it. */
function signal(): { given: Promise<void>; give: () => void } {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}
