import { isToolUIPart, type UIMessage } from 'ai';
import { dataOf, isPending } from './views.ts';

/** `true` if the server is about to go on: the user has spoken last, or a call has an outcome that no model was told. */
export function awaitsRun(messages: readonly UIMessage[]): boolean {
  if (messages.at(-1)?.role === 'user') return true;
  const parts = messages.flatMap((message): UIMessage['parts'] => message.parts);
  const open = new Set(
    parts.filter(isToolUIPart).flatMap((part) => (part.state === 'input-available' ? part.toolCallId : [])),
  );
  return parts.some((part) => {
    const data = dataOf(part);
    return data !== undefined && !isPending(data) && open.has(data.toolCallId);
  });
}
