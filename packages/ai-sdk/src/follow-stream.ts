import type { StreamPart, StreamResult } from './host-types.ts';

/**
 * Passes a model's stream on part by part. `onBroken` runs once if the stream fails, is cancelled by its reader, or
 * ends without a `finish` that `onPart` was given.
 */
export function followStream(input: {
  stream: StreamResult['stream'];
  onPart: (part: StreamPart) => Promise<StreamPart[]>;
  onBroken: () => Promise<void>;
}): StreamResult['stream'] {
  const { stream, onPart, onBroken } = input;
  const reader = stream.getReader();
  let over = false;
  const breakOff = async () => {
    if (over) return;
    over = true;
    await onBroken();
  };
  return new ReadableStream<StreamPart>({
    pull: async (controller) => {
      try {
        const { done, value } = await reader.read();
        if (done) {
          await breakOff();
          controller.close();
          return;
        }
        for (const part of await onPart(value)) controller.enqueue(part);
        if (value.type === 'finish' && isOver(value)) over = true;
      } catch (error) {
        await breakOff();
        controller.error(error);
      }
    },
    cancel: async (reason) => {
      await breakOff();
      await reader.cancel(reason);
    },
  });
}

function isOver({ finishReason }: Extract<StreamPart, { type: 'finish' }>): boolean {
  return finishReason.unified !== 'error' && finishReason.unified !== 'interrupted';
}
