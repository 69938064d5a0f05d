import type { RefusalDetail } from './provider-refusal.ts';
import { type WireObject, wireObjects } from './wire-value.ts';

/** The 400 of Anthropic. */
export function anthropicError(message: string): RefusalDetail {
  return { status: 400, type: 'invalid_request_error', message };
}

/** The content of a message as blocks: a plain string is one text block. */
export function contentBlocks(message: WireObject | undefined): readonly WireObject[] {
  const content = message?.content;
  return typeof content === 'string' ? [{ type: 'text', text: content }] : wireObjects(content);
}

/** The blocks of one type. */
export function blocksOf(message: WireObject | undefined, type: string): readonly WireObject[] {
  return contentBlocks(message).filter((block) => block.type === type);
}

/** A block with its place, as the error messages of the API name it (`messages.2.content.1`). */
export type PlacedBlock = { block: WireObject; path: string; role: unknown };

/** Every content block of the history, in order. */
export function placedBlocks(body: WireObject): readonly PlacedBlock[] {
  return wireObjects(body.messages).flatMap((message, index) =>
    contentBlocks(message).map((block, position) => ({
      block,
      path: `messages.${index}.content.${position}`,
      role: message.role,
    })),
  );
}
