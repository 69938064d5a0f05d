import {
  type InferUIMessageChunk,
  type TextStreamPart,
  type ToolSet,
  toUIMessageStream,
  type UIMessage,
  type UIMessageChunk,
  type UIMessageStreamOptions,
} from 'ai';
import { assemble } from './assemble.ts';
import { asyncFunctionChunks } from './async-function-chunks.ts';
import type { AsyncUIMessage } from './async-ui-message.ts';
import { withReplay } from './replay-message.ts';
import { readConversation, type UIConversation } from './ui-conversation.ts';
import { watchOutcome } from './watch-outcome.ts';
import { withoutEmptySteps } from './without-empty-steps.ts';

/** A run and the conversation it belongs to; the other options are those of `toUIMessageStream`. */
export interface AsyncUIMessageStreamOptions<TOOLS extends ToolSet, UI_MESSAGE extends UIMessage>
  extends UIConversation<TOOLS>,
    UIMessageStreamOptions<UI_MESSAGE> {
  /** `stream` of what `streamText` or an agent's `stream` returned. */
  readonly stream: ReadableStream<TextStreamPart<NoInfer<TOOLS>>>;
  /**
   * Clients get this stream by `resumeStream()`, which begins with an empty message: a run that continues a message
   * sends the whole of it first. Not for the answer to a request that sent the message. @default false
   */
  readonly replay?: boolean;
}

/**
 * `toUIMessageStream` for a chat with async tools. A pending call stays `input-available` with a `data-async-function`
 * part beside it; once a model was told the outcome, the call gets its output and the data part its final status. What
 * `onEnd` is given to persist is what the browser was sent.
 *
 * A run that continues the message with the call must be given it as the last of `originalMessages`; where the user has
 * spoken since, the new message carries the data part, and `refreshUIMessages` brings the old one up to date. With
 * `experimental_queue`, `useChat` holds back what the user says until the pending call has its output.
 *
 * @example
 * const agent = later.wrap({ model, tools, scope });
 * const result = streamText({ ...agent, messages: await convertToModelMessages(messages, { tools }) });
 * return createUIMessageStreamResponse({
 *   stream: toAsyncUIMessageStream({ stream: result.stream, later, scope, tools, originalMessages: messages, onEnd }),
 * });
 */
export function toAsyncUIMessageStream<TOOLS extends ToolSet, UI_MESSAGE extends UIMessage = AsyncUIMessage<TOOLS>>(
  options: AsyncUIMessageStreamOptions<TOOLS, UI_MESSAGE>,
): ReadableStream<InferUIMessageChunk<UI_MESSAGE>> {
  const { later, scope, tools, clock, stream, replay = false, ...host } = options;
  const { onStepEnd, onStepFinish, onEnd, onFinish, ...conversion } = host;
  const tasks = readConversation({ later, scope, tools, ...(clock === undefined ? {} : { clock }) });
  const last = host.originalMessages?.at(-1);
  const continued = last?.role === 'assistant' ? last : undefined;
  const run = watchOutcome(stream);
  const chunks: ReadableStream<UIMessageChunk> = toUIMessageStream({ ...conversion, stream: run.stream, tools });
  const filtered = chunks.pipeThrough(asyncFunctionChunks(tasks, continued)).pipeThrough(withoutEmptySteps());
  const assembled = assemble({ ...host, chunks: filtered, outcome: run.outcome });
  const sent = replay && continued !== undefined ? assembled.pipeThrough(withReplay(continued)) : assembled;
  return sent as ReadableStream<InferUIMessageChunk<UI_MESSAGE>>; // data chunks of ours, and what the host's own stream has
}
