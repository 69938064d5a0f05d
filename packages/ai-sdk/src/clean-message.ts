import { isConsumption, withoutCargo } from './carrier.ts';
import type { PromptMessage } from './host-types.ts';

/**
 * A message without anything of ours: the same one if there was nothing; `undefined` if there was nothing else, since no
 * provider takes an empty message.
 */
export function cleanMessage(message: PromptMessage): PromptMessage | undefined {
  const clean = withoutCargo(message);
  if (clean.role === 'system') return clean;
  const parts: readonly Part[] = clean.content;
  if (parts.every(isClean)) return clean;
  const content = parts.filter((part) => !isConsumption(part)).map(withoutCargo);
  // The same kinds of parts as before.
  return content.length === 0 ? undefined : ({ ...clean, content } as PromptMessage);
}

type Part = Exclude<PromptMessage, { role: 'system' }>['content'][number];

function isClean(part: Part): boolean {
  return !isConsumption(part) && withoutCargo(part) === part;
}
