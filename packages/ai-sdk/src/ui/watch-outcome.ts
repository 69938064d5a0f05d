import type { TextStreamPart, ToolSet, UIMessageStreamOutcome } from 'ai';

/** Passes a run's stream on and remembers how it ended, as the AI SDK counts it: a failed step may still be completed. */
export function watchOutcome<TOOLS extends ToolSet>(
  stream: ReadableStream<TextStreamPart<TOOLS>>,
): { stream: ReadableStream<TextStreamPart<TOOLS>>; outcome: () => UIMessageStreamOutcome } {
  let outcome: UIMessageStreamOutcome = { status: 'unknown' };
  const watched = stream.pipeThrough(
    new TransformStream<TextStreamPart<TOOLS>, TextStreamPart<TOOLS>>({
      transform: (part, controller) => {
        if (outcome.status !== 'completed' && outcome.status !== 'aborted') outcome = outcomeAfter(part) ?? outcome;
        controller.enqueue(part);
      },
    }),
  );
  return { stream: watched, outcome: () => outcome };
}

function outcomeAfter<TOOLS extends ToolSet>(part: TextStreamPart<TOOLS>): UIMessageStreamOutcome | undefined {
  switch (part.type) {
    case 'finish':
      return { status: 'completed' };
    case 'abort':
      return { status: 'aborted' };
    case 'error':
      return { status: 'failed', error: part.error };
    default:
      return undefined;
  }
}
