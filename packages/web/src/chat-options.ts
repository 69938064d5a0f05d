import type { Clock, Duration, Scope } from '@latecall/core';
import type { LatecallLike } from './latecall-like.ts';
import type { StreamPubSub } from './pub-sub.ts';
import type { RouteOptions } from './route-handler.ts';

/** What the routes need to know of a UI message; that of the AI SDK is one. */
export interface ChatMessage {
  readonly id: string;
  readonly role: string;
  readonly parts: readonly unknown[];
}

/** The app's own database of messages. */
export interface ChatMessages<MESSAGE extends ChatMessage> {
  /** All messages of a conversation, in the order in which each was first saved. */
  load(scope: Scope): Promise<MESSAGE[]>;
  /** Adds a message, or replaces the one with its id where it stands. */
  save(scope: Scope, message: MESSAGE): Promise<void>;
  /** Deletes messages: for `regenerate`, which is answered 409 without it. */
  remove?(scope: Scope, ids: string[]): Promise<void>;
}

/** What an answer is made from. */
export interface AnswerInput<MESSAGE extends ChatMessage> {
  readonly scope: Scope;
  /** The conversation as the server knows it, refreshed. */
  readonly messages: MESSAGE[];
  /** Aborted by `DELETE` of the stream route: somebody pressed stop. A reader that leaves aborts nothing. */
  readonly signal: AbortSignal;
  /** Saves the finished message, and tells the tabs. Call it in `onEnd`. One that says nothing is not saved. */
  readonly save: (message: MESSAGE) => Promise<void>;
}

/** How {@link createChat} is set up. */
export interface ChatOptions<MESSAGE extends ChatMessage> extends RouteOptions {
  readonly later: Pick<LatecallLike<never>, 'store'>;
  /** The conversation that a request may see and act on, by the app's own session; `undefined`: none, answered 404. */
  readonly scopeOf: (request: Request) => Scope | undefined | Promise<Scope | undefined>;
  readonly messages: ChatMessages<MESSAGE>;
  /**
   * The app's agent: gives the chunks of a UI message stream, or `undefined` if there is nothing to say. A run that
   * continues a message must send the whole of it first: tabs join with an empty one.
   */
  readonly answer: (input: AnswerInput<MESSAGE>) => Promise<ReadableStream<unknown> | undefined>;
  /** Lays the store's truth over stored messages: `refreshUIMessages` of the adapter. @default as they are */
  readonly refresh?: (messages: MESSAGE[], scope: Scope) => Promise<MESSAGE[]>;
  /** Carries streams to tabs that are connected to other processes. @default this process only */
  readonly streams?: StreamPubSub;
  /**
   * Told of each run, to keep the process alive until it has ended: `after` of `next/server`, `waitUntil` of a platform.
   * @default nobody is told
   */
  readonly waitUntil?: (run: Promise<void>) => void;
  /** How long `stream.GET` waits for a run that is due. @default '5s' */
  readonly waitForRun?: Duration;
  /** The longest body that is read. @default 4 MiB */
  readonly maxBodyBytes?: number;
  readonly clock?: Clock;
}
