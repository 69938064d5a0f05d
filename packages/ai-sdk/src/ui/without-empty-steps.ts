import type { UIMessageChunk } from 'ai';

/**
 * Leaves out steps in which nothing happened, such as the one in which a run pauses: each would add a part to the
 * message, and `sendAutomaticallyWhen` would no longer find the calls in its last step.
 */
export function withoutEmptySteps(): TransformStream<UIMessageChunk, UIMessageChunk> {
  let start: UIMessageChunk | undefined;
  return new TransformStream({
    transform: (chunk, controller) => {
      switch (chunk.type) {
        case 'start-step':
          start = chunk;
          return;
        case 'finish-step':
          if (start === undefined) controller.enqueue(chunk);
          start = undefined;
          return;
        case 'message-metadata':
        case 'abort':
        case 'error':
        case 'finish':
          controller.enqueue(chunk);
          return;
        default:
          if (start !== undefined) controller.enqueue(start);
          start = undefined;
          controller.enqueue(chunk);
      }
    },
  });
}
