import type { Scope } from '@latecall/core';
import { isToolUIPart } from 'ai';
import { chat, table } from './chat.ts';

/**
 * Writes down what a person decided about a call, and lets the conversation go on. The decision is checked against the
 * stored message, not against what a browser says of it: `false` if no such decision is awaited.
 */
export async function approve(scope: Scope, { id, approved }: { id: string; approved: boolean }): Promise<boolean> {
  for (const message of await table.load(scope)) {
    const part = message.parts.find((candidate) => isToolUIPart(candidate) && candidate.approval?.id === id);
    if (part === undefined || !isToolUIPart(part) || part.state !== 'approval-requested') continue;
    const decided = { ...part, state: 'approval-responded' as const, approval: { id, approved } };
    await table.save(scope, { ...message, parts: message.parts.map((other) => (other === part ? decided : other)) });
    chat.run(scope).catch((error: unknown) => console.error(error)); // the tabs join it
    return true;
  }
  return false;
}
