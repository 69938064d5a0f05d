/** The headers of a UI message stream, as the AI SDK sends them. */
export const streamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-vercel-ai-ui-message-stream': 'v1',
  'x-accel-buffering': 'no', // nginx passes chunks on at once
};

/** What a stream ends with. */
const done = 'data: [DONE]\n\n';

/**
 * The chunks as server-sent events. Never fails: an error becomes the chunk that says so, and what ends the stream waits
 * for `end`.
 */
export function toSSE(
  chunks: AsyncIterable<unknown>,
  hooks: { onError: (error: unknown) => Promise<void>; end: () => Promise<void> },
): ReadableStream<string> {
  const events = sse(chunks, hooks);
  return new ReadableStream<string>({
    pull: async (controller) => {
      const { done: ended, value } = await events.next();
      if (ended === true) controller.close();
      else controller.enqueue(value);
    },
  });
}

async function* sse(
  chunks: AsyncIterable<unknown>,
  { onError, end }: { onError: (error: unknown) => Promise<void>; end: () => Promise<void> },
): AsyncGenerator<string, void> {
  try {
    for await (const chunk of chunks) yield event(chunk);
  } catch (error) {
    await onError(error);
    yield event({ type: 'error', errorText: 'Something went wrong here.' });
  }
  try {
    await end();
  } catch (error) {
    await onError(error);
  }
  yield done;
}

function event(chunk: unknown): string {
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

/** A stream of events without any: there is nothing to say. */
export function emptySSE(): ReadableStream<string> {
  return new ReadableStream<string>({
    start: (controller) => {
      controller.enqueue(done);
      controller.close();
    },
  });
}
