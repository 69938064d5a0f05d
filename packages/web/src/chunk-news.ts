import type { ChatMessage } from './chat-options.ts';
import { fieldsOf } from './read-post.ts';

/** Chunks that say nothing by themselves, or only go on with what another has begun. */
const frames: ReadonlySet<unknown> = new Set([
  'start',
  'start-step',
  'finish-step',
  'finish',
  'abort',
  'message-metadata',
  'text-delta',
  'text-end',
  'reasoning-delta',
  'reasoning-end',
  'tool-input-delta',
]);

/** The chunk with which a part begins, where it has another name than the part. */
const openers: ReadonlyMap<unknown, string> = new Map([
  ['text', 'text-start'],
  ['reasoning', 'reasoning-start'],
]);

/**
 * Says of each chunk of a run whether it is news: not if it only repeats the message that the run continues, as a run
 * does that has to wait.
 */
export function createNewsDetector(messages: readonly ChatMessage[]): (chunk: unknown) => boolean {
  const last = messages.at(-1);
  const parts = last?.role === 'assistant' ? last.parts.flatMap((part) => fieldsOf(part) ?? []) : [];
  const calls = new Map(parts.map((part) => [part.get('toolCallId'), String(part.get('state'))]));
  const repeated = new Map<unknown, number>();
  for (const part of parts) {
    const opener = openers.get(part.get('type')) ?? part.get('type');
    repeated.set(opener, (repeated.get(opener) ?? 0) + 1);
  }
  const data = new Set(parts.map((part) => `${part.get('type')} ${part.get('id')}`));
  let continues = false;

  return (chunk) => {
    const fields = fieldsOf(chunk) ?? new Map<string, unknown>();
    const type = fields.get('type');
    if (type === 'start') continues = fields.get('messageId') === last?.id;
    if (frames.has(type)) return false;
    if (!continues) return true; // the first part of a message of its own
    if (fields.has('toolCallId')) return isNewOfCall(String(type), calls.get(fields.get('toolCallId')));
    if (fields.get('id') !== undefined && data.has(`${type} ${fields.get('id')}`)) return false;
    const left = repeated.get(type) ?? 0;
    repeated.set(type, left - 1);
    return left <= 0;
  };
}

/** @param state Of the call in the message that the run continues. */
function isNewOfCall(type: string, state: string | undefined): boolean {
  if (state === undefined) return true;
  return type.startsWith('tool-output') && !state.startsWith('output');
}
