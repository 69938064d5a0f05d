import {
  createUIMessageStream,
  type UIMessage,
  type UIMessageChunk,
  type UIMessageStreamOptions,
  type UIMessageStreamOutcome,
} from 'ai';

type Callbacks<UI_MESSAGE extends UIMessage> = Pick<
  UIMessageStreamOptions<UI_MESSAGE>,
  'originalMessages' | 'generateMessageId' | 'onStepEnd' | 'onStepFinish' | 'onEnd' | 'onFinish' | 'onError'
>;

/**
 * Calls the app's callbacks with the message that these chunks make: what the browser shows, since nothing changes the
 * chunks any more. The same stream if there are no callbacks.
 */
export function assemble<UI_MESSAGE extends UIMessage>(
  input: Callbacks<UI_MESSAGE> & {
    chunks: ReadableStream<UIMessageChunk>;
    /** How the run ended; asked when the chunks have ended. */
    outcome: () => UIMessageStreamOutcome;
  },
): ReadableStream<UIMessageChunk> {
  const { chunks, outcome, originalMessages, generateMessageId, onError } = input;
  const onStepEnd = input.onStepEnd ?? input.onStepFinish;
  const onEnd = input.onEnd ?? input.onFinish;
  if (onStepEnd === undefined && onEnd === undefined) return chunks;
  const assembled: ReadableStream<UIMessageChunk> = createUIMessageStream<UI_MESSAGE>({
    execute: ({ writer }) => {
      const flush = () => writer.setOutcome(outcome());
      writer.merge(chunks.pipeThrough(new TransformStream({ flush })) as Parameters<typeof writer.merge>[0]);
    },
    ...(originalMessages === undefined ? {} : { originalMessages }),
    ...(onStepEnd === undefined ? {} : { onStepEnd }),
    ...(onEnd === undefined ? {} : { onEnd }),
    ...(onError === undefined ? {} : { onError }),
  });
  const hasId = generateMessageId !== undefined || originalMessages !== undefined;
  return hasId ? assembled : assembled.pipeThrough(withoutMessageId());
}

/** Without `originalMessages` the client names the message; an id of ours would rename one that it continues. */
function withoutMessageId(): TransformStream<UIMessageChunk, UIMessageChunk> {
  return new TransformStream({
    transform: (chunk, controller) => {
      if (chunk.type !== 'start') return controller.enqueue(chunk);
      const { messageId: _, ...start } = chunk;
      controller.enqueue(start);
    },
  });
}
