import { createHash } from 'node:crypto';
import { contentBlocks } from './anthropic-refusal.ts';
import { contentTexts } from './model-view.ts';
import { isWireObject, type WireObject, wireObjects } from './wire-value.ts';

/** What stands before a thinking block, in the parts that a mismatch is told by. */
export type ThinkingPrefix = {
  readonly system: unknown;
  readonly tools: unknown;
  /** Blocks with their roles: how they are spread over messages of one role does not count. */
  readonly messages: readonly unknown[];
  readonly thinking: readonly unknown[];
};

/** What a signature says of its block and of what stands before it. */
export type SignatureVerdict = 'valid' | 'forged' | 'system' | 'tools' | 'messages' | 'thinking';

/** The value with its fields in order and without cache markers, which may move. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(canonical);
  }
  if (!isWireObject(value)) {
    return value;
  }
  const fields = Object.entries(value).filter(([field]) => field !== 'cache_control');
  return Object.fromEntries(
    fields.sort(([a], [b]) => (a < b ? -1 : 1)).map(([field, inner]) => [field, canonical(inner)]),
  );
}

function hash(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(value)))
    .digest('base64url')
    .slice(0, 12);
}

function isThinking({ type }: WireObject): boolean {
  return type === 'thinking' || type === 'redacted_thinking';
}

/** A result given as a plain string is one text block, as in every other content. */
function wholeBlock(block: WireObject): WireObject {
  return block.type === 'tool_result' ? { ...block, content: contentBlocks(block) } : block;
}

/** All that stands before a place in the history; without a place, before the answer. */
export function thinkingPrefix(body: WireObject, message: number = Infinity, block: number = 0): ThinkingPrefix {
  const blocks = wireObjects(body.messages).flatMap((sent, index) =>
    contentBlocks(sent)
      .slice(0, index < message ? undefined : index === message ? block : 0)
      .map((content) => ({ role: sent.role, content })),
  );
  return {
    system: contentTexts(body.system),
    tools: wireObjects(body.tools),
    messages: blocks
      .filter(({ content }) => !isThinking(content))
      .map(({ role, content }) => ({ role, content: wholeBlock(content) })),
    thinking: blocks.filter(({ content }) => isThinking(content)).map(({ content }) => content),
  };
}

/** The seal over everything else: without the recipe nobody makes a signature for another text or another prefix. */
function seal(text: unknown, parts: readonly string[]): string {
  return hash(['latecall strict server', text, ...parts]);
}

/**
 * Signs a thinking block: over its text and over all that stands before it. The same body gets the same signature.
 * What Anthropic's signatures are made of is not public; that they bind system, tools, messages and earlier thinking
 * is (see `unboundThinkingBlock`).
 */
export function signThinking(text: string, { system, tools, messages, thinking }: ThinkingPrefix): string {
  const parts = [system, tools, messages, thinking].map(hash);
  return [...parts, seal(text, parts)].join('.');
}

/** Checks a thinking block that came back: first itself, then what stands before it. */
export function verifyThinking(block: WireObject, prefix: ThinkingPrefix): SignatureVerdict {
  const parts = String(block.signature).split('.');
  if (parts.pop() !== seal(block.thinking, parts)) {
    return 'forged';
  }
  const [system, tools, messages, thinking] = parts;
  const found = [
    ['system', system],
    ['tools', tools],
    ['thinking', thinking],
    ['messages', messages],
  ] as const;
  return found.find(([part, signed]) => hash(prefix[part]) !== signed)?.[0] ?? 'valid';
}
