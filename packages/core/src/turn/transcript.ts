import type { Json } from '../base/json.ts';

/**
 * A host's messages in the only terms that Latecall decides by. Adapters read their own message types into it and
 * carry out the plan that comes back; positions are indexes into the host's own arrays.
 */
export interface Transcript {
  readonly messages: readonly TranscriptMessage[];
  /** `true` if nothing of ours rides on any of the messages. Where it is not told, they are looked at. */
  readonly isPlain?: () => boolean;
  /**
   * What makes this history the one that it is: roles, texts, calls and results, without anything that changes between
   * two runs on the same history (metadata, times, system prompts). Computed only when a turn needs an id.
   */
  readonly fingerprint: () => Json;
}

/** One message. What is not there is empty. */
export interface TranscriptMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly calls: readonly TranscriptCall[];
  readonly results: readonly TranscriptResult[];
  /** Unproved consumption parts that stand in this message. */
  readonly consumptions: readonly unknown[];
}

/** A tool call of an assistant message that the app's side executes. */
export interface TranscriptCall {
  readonly callId: string;
  readonly name: string;
  /** The provider marked the call as one that may stay open. @default false */
  readonly native?: boolean;
}

/** A tool result, the `part`-th part of its message. */
export interface TranscriptResult {
  readonly part: number;
  readonly callId: string;
  /** What claims to be an `AsyncFunctionRequest` that rides on the result; unproved. */
  readonly request?: unknown;
  /** What claims to be an `AsyncFunctionResponse` that rides on the result; unproved. */
  readonly response?: unknown;
}

/** A message with none of the parts that Latecall looks at. */
export const plainMessage = (role: TranscriptMessage['role']): TranscriptMessage => ({
  role,
  calls: [],
  results: [],
  consumptions: [],
});

/** How to read a host's messages; see {@link Transcript}. */
interface Reading extends Required<Omit<Transcript, 'messages'>> {
  readonly read: () => Transcript['messages'];
}

/** A transcript whose messages are read when somebody first looks at them. */
export function lazyTranscript(reading: Reading): Transcript {
  return new LazyTranscript(reading);
}

/** A class, since an object with a getter of its own is costly to make, and there is one for each model call. */
class LazyTranscript implements Transcript {
  readonly isPlain: () => boolean;
  readonly fingerprint: () => Json;
  readonly #read: () => Transcript['messages'];
  #messages: Transcript['messages'] | undefined;

  constructor({ read, isPlain, fingerprint }: Reading) {
    this.isPlain = isPlain;
    this.fingerprint = fingerprint;
    this.#read = read;
  }

  get messages(): Transcript['messages'] {
    this.#messages ??= this.#read();
    return this.#messages;
  }
}
