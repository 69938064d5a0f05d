import assert from 'node:assert/strict';
import type { CapturedRequest } from '../servers/strict-server.ts';
import { isWireObject } from '../servers/wire-value.ts';

/** The blocks of a wire body in order, each with its role: what a provider's prompt cache is made over. */
function blocksOf(body: unknown): string[] {
  if (!isWireObject(body)) return [];
  const messages = [body.input ?? body.messages].flat() as { role?: unknown; content?: unknown }[];
  return messages.flatMap((message) => {
    if (!isWireObject(message) || !Array.isArray(message.content)) return [JSON.stringify(message)];
    const { content, ...rest } = message;
    return content.map((block: unknown) => JSON.stringify([rest, block]));
  });
}

/** Law 13: what a provider has been sent keeps its content and its order in every later prompt. */
export function assertOnlyGrows(requests: readonly CapturedRequest[]): void {
  for (const [index, request] of requests.entries()) {
    const previous = requests[index - 1];
    if (previous === undefined) continue;
    const before = blocksOf(previous.body);
    const after = blocksOf(request.body);
    assert.deepEqual(
      after.slice(0, before.length),
      before,
      `Request ${index + 1} changed what request ${index} had sent: prompts may only grow.`,
    );
    assert.deepEqual(toolsOf(request.body), toolsOf(previous.body), `Request ${index + 1} changed the tools.`);
  }
}

function toolsOf(body: unknown): unknown {
  return isWireObject(body) ? body.tools : undefined;
}
