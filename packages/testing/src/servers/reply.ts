import type { ModelView } from './model-view.ts';

/**
 * A tool call that the model makes. An id that is left out is minted by the server. A call of a tool that is declared
 * async for a model that has native async calls is one, without saying so.
 */
export type ReplyToolCall = {
  readonly name: string;
  readonly arguments: { readonly [field: string]: unknown };
  readonly callId?: string;
};

/** What can hold a reply back. */
type ReplyTiming = {
  /** Awaited before anything is sent. */
  readonly before?: Promise<void>;
};

/** The model answers. */
export type ModelReply = ReplyTiming & {
  /**
   * What the model thinks first. Shown by Anthropic where the request has thinking on (signed; with manual thinking the
   * server thinks for a reply that does not), and by the gateway; OpenAI's APIs show none.
   */
  readonly reasoning?: string;
  readonly text?: string;
  readonly toolCalls?: readonly ReplyToolCall[];
  /**
   * In a stream: awaited when the first piece of the answer is out, so that a test holds the stream open by an event.
   */
  readonly afterFirstChunk?: Promise<void>;
  /**
   * Cuts the connection: behind the headers, or behind that many pieces of the answer (deltas of text or of
   * arguments). A plain body is cut in half.
   */
  readonly breakAfter?: 'headers' | number;
};

/** The provider fails: 429, 500, 529 and the like. */
export type ErrorReply = ReplyTiming & {
  readonly status: number;
  /** What the error body says, where it is not to be the provider's usual one. */
  readonly error?: { readonly type?: string; readonly message?: string; readonly code?: string };
  readonly headers?: Readonly<Record<string, string>>;
};

/** What a scripted model does with one request. */
export type Reply = ModelReply | ErrorReply;

/** A policy decides from what a real model would see, and from nothing else. */
export type ModelPolicy = (view: ModelView) => Reply | Promise<Reply>;

/** A list of replies, one for each accepted request, or a policy. */
export type ScriptedModel = readonly Reply[] | ModelPolicy;

/** Whether the provider is to fail. */
export function isErrorReply(reply: Reply): reply is ErrorReply {
  return 'status' in reply;
}

/** Headers that tell both host SDKs not to wait, or not to try again at all: nothing gets better here. */
const GIVE_UP = { 'x-should-retry': 'false', 'retry-after-ms': '0' };

function brokenModel(message: string): ErrorReply {
  return { status: 500, error: { type: 'scripted_model_error', message }, headers: GIVE_UP };
}

/** Asks the model for its next reply. A script that ran out, or a policy that throws, is a 500 that says so. */
export function createReplies(model: ScriptedModel): ModelPolicy {
  let asked = 0;
  return async (view) => {
    asked += 1;
    if (typeof model !== 'function') {
      return (
        model[asked - 1] ??
        brokenModel(
          `The scripted model has ${model.length} replies and was asked for reply ${asked}: extend the script.`,
        )
      );
    }
    try {
      return await model(view);
    } catch (cause) {
      return brokenModel(`The policy of the scripted model threw at request ${asked}: ${String(cause)}`);
    }
  };
}
