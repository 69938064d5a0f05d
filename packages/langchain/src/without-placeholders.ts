import { placeholder } from '@latecall/core';

/**
 * Takes the placeholders of pending calls out of a UI message stream that `@ai-sdk/langchain` made: to the host a call is
 * over when its tool has returned. With it the tool part of a pending call stays `input-available`; how the call stands,
 * its `data-async-function` part says.
 *
 * @example
 * return createUIMessageStreamResponse({ stream: toUIMessageStream(stream).pipeThrough(withoutPlaceholders()) });
 */
export function withoutPlaceholders<CHUNK extends { readonly type: string }>(): TransformStream<CHUNK, CHUNK> {
  return new TransformStream({
    transform: (chunk, controller) => {
      if (!isPlaceholder(chunk)) controller.enqueue(chunk);
    },
  });
}

function isPlaceholder(chunk: { readonly type: string; readonly output?: unknown }): boolean {
  if (chunk.type !== 'tool-output-available') return false;
  const text = typeof chunk.output === 'string' ? chunk.output : JSON.stringify(chunk.output ?? null);
  return text === JSON.stringify(placeholder(handleIn(text)));
}

function handleIn(text: string): string {
  return /"handle":"([^"]*)"/.exec(text)?.[1] ?? '';
}
