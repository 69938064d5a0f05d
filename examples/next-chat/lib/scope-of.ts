import type { Scope } from '@latecall/core';

/**
 * The conversation that a request is about. Here everybody who knows its id may take part: a real app asks its session
 * who the user is, and answers `undefined` for a conversation of somebody else.
 */
export function scopeOf(request: Request): Scope | undefined {
  const thread = /^\/api\/(?:chat|langchain)\/([\w-]{1,64})(?:\/|$)/.exec(new URL(request.url).pathname)?.[1];
  return thread === undefined ? undefined : { thread };
}
