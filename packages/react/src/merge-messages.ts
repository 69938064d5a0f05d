import type { UIMessage } from 'ai';

/**
 * What the server knows, and behind it what the user has written here and the server does not have yet; the same array
 * if nothing changes.
 */
export function mergeMessages<UI_MESSAGE extends UIMessage>(here: UI_MESSAGE[], server: UI_MESSAGE[]): UI_MESSAGE[] {
  const known = new Set(server.map(({ id }) => id));
  const lastKnown = here.findLastIndex(({ id }) => known.has(id));
  const unsent = here.slice(lastKnown + 1).filter(({ role, id }) => role === 'user' && !known.has(id));
  const local = new Map(here.map((message) => [message.id, message]));
  const merged = [...server, ...unsent].map((message) => {
    const old = local.get(message.id);
    return old !== undefined && JSON.stringify(old) === JSON.stringify(message) ? old : message;
  });
  const same = merged.length === here.length && merged.every((message, index) => message === here[index]);
  return same ? here : merged;
}
