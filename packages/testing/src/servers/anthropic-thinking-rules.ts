import { anthropicError, blocksOf, contentBlocks, placedBlocks } from './anthropic-refusal.ts';
import { bindsThinking, takesManualThinking, thinkingMode } from './anthropic-thinking.ts';
import { type SignatureVerdict, thinkingPrefix, verifyThinking } from './anthropic-thinking-signature.ts';
import type { RefusalDetail, RefusalRule } from './provider-refusal.ts';
import { firstFound, type WireObject, wireObject, wireObjects } from './wire-value.ts';

const MINIMUM_BUDGET = 1024;

const DOCUMENTATION = 'https://docs.claude.com/en/docs/build-with-claude/extended-thinking';

/** A thinking block of the history and what its signature says. */
type Thought = { readonly path: string; readonly verdict: SignatureVerdict };

/** The thinking blocks of the history, checked, in order. Redacted ones are not checked: this server makes none. */
function thoughts(body: WireObject): readonly Thought[] {
  return wireObjects(body.messages).flatMap((message, index) =>
    contentBlocks(message).flatMap((block, position) =>
      block.type === 'thinking'
        ? [
            {
              path: `messages.${index}.content.${position}`,
              verdict: verifyThinking(block, thinkingPrefix(body, index, position)),
            },
          ]
        : [],
    ),
  );
}

/**
 * A thinking budget of at least 1024 tokens, less than `max_tokens`. Source: themaximalist/llm.js#30; that it must be
 * less: platform.claude.com/docs/en/build-with-claude/extended-thinking, observed wording not verified.
 */
function malformedThinkingBudget({ thinking, max_tokens: limit }: WireObject): RefusalDetail | undefined {
  const { type, budget_tokens: budget } = wireObject(thinking);
  const path = 'thinking.enabled.budget_tokens';
  if (type !== 'enabled') {
    return undefined;
  }
  if (typeof budget !== 'number') {
    return anthropicError(`${path}: ${budget === undefined ? 'Field required' : 'Input should be a valid integer'}`);
  }
  if (budget < MINIMUM_BUDGET) {
    return anthropicError(`${path}: Input should be greater than or equal to ${MINIMUM_BUDGET}`);
  }
  return budget < Number(limit)
    ? undefined
    : anthropicError('`max_tokens` must be greater than `thinking.budget_tokens`.');
}

/** Manual thinking is gone from Claude 4.7 on. Source: earendil-works/pi#3297, anomalyco/opencode#22863. */
function unsupportedManualThinking(body: WireObject): RefusalDetail | undefined {
  return thinkingMode(body) !== 'manual' || takesManualThinking(body.model)
    ? undefined
    : anthropicError(
        '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
      );
}

/**
 * A thinking block has its text (which may be empty) and its signature. Source: code-yeongyu/oh-my-openagent#2775
 * (a block without a signature is refused); `Field required` as for every other block, observed wording not verified.
 */
function malformedThinkingBlock(body: WireObject): RefusalDetail | undefined {
  return firstFound(placedBlocks(body), ({ block, path }) => {
    const field = ['thinking', 'signature'].find((name) => typeof block[name] !== 'string');
    return block.type !== 'thinking' || field === undefined
      ? undefined
      : anthropicError(`${path}.thinking.${field}: Field required`);
  });
}

/** The messages of the assistant in the tool loop that the history ends in: those since the user last spoke. */
function loopMessages(body: WireObject): readonly { readonly message: WireObject; readonly index: number }[] {
  const messages = wireObjects(body.messages).map((message, index) => ({ message, index }));
  const hasResults = ({ message }: { message: WireObject }): boolean => blocksOf(message, 'tool_result').length > 0;
  const last = messages.at(-1);
  if (last === undefined || !hasResults(last)) {
    return [];
  }
  const spoke = messages.findLastIndex((sent) => sent.message.role === 'user' && !hasResults(sent));
  return messages.slice(spoke + 1).filter(({ message }) => message.role === 'assistant');
}

/**
 * With manual thinking, the assistant's messages with calls in the last tool loop begin with thinking. Source: the
 * message, in anomalyco/opencode#3077, mastra-ai/mastra#7799, deepset-ai/haystack-core-integrations#2146. Strict in two
 * ways. The API surely asks it of the first message of the loop; without interleaved thinking the model's own later
 * calls come without any, and the API must take those. This server asks it of each, so that a synthetic call is
 * refused, and its model thinks before each of its calls. And a loop lasts until a message of the user without results.
 */
function missingThinkingBlock(body: WireObject): RefusalDetail | undefined {
  const loop = thinkingMode(body) === 'manual' ? loopMessages(body) : [];
  return firstFound(loop, ({ message, index }) => {
    const first = contentBlocks(message)[0]?.type;
    return blocksOf(message, 'tool_use').length === 0 || first === 'thinking' || first === 'redacted_thinking'
      ? undefined
      : anthropicError(
          `messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${String(first)}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, disable \`thinking\`. Please consult our documentation at ${DOCUMENTATION}`,
        );
  });
}

/**
 * A thinking block comes back as it was made, text and signature, in every turn and whatever the request says of
 * thinking. Source: anthropics/claude-code#10627, lbjlaq/Antigravity-Manager#498; a maintainer on what counts as a
 * difference: anthropics/anthropic-sdk-python#1598. (Of the latest message the API may say "cannot be modified"
 * instead: anthropics/claude-code#63203.)
 */
function invalidThinkingSignature(body: WireObject): RefusalDetail | undefined {
  return firstFound(thoughts(body), ({ path, verdict }) =>
    verdict === 'forged' ? anthropicError(`${path}: Invalid \`signature\` in \`thinking\` block`) : undefined,
  );
}

type Change = Exclude<SignatureVerdict, 'valid' | 'forged'>;

/** What the message says has changed. Source: anomalyco/opencode#48637 (system), kirodotdev/KiroCrew#11513 (thinking). */
const CHANGES: Readonly<Record<Change, string>> = {
  system: 'The `system` prompt differs from the one this block was created with.',
  tools: 'The `tools` differ from the ones this block was created with.',
  messages: 'The `messages` before it differ from the ones this block was created with.',
  thinking: 'The `thinking` block that preceded this one when it was created is missing from this request.',
};

/** The thinking blocks that stand behind a changed prefix, where the model binds them to it. */
function unboundThoughts(body: WireObject): readonly { readonly path: string; readonly change: Change }[] {
  return bindsThinking(body.model)
    ? thoughts(body).flatMap(({ path, verdict }) =>
        verdict === 'valid' || verdict === 'forged' ? [] : [{ path, change: verdict }],
      )
    : [];
}

function dropsUnbound({ thinking }: WireObject): boolean {
  return wireObject(wireObject(thinking).block_binding).prefix_mismatch_behavior === 'drop_block';
}

/**
 * Nothing before a thinking block has changed since it was made: system, tools, messages, and the thinking between.
 * Source: platform.claude.com/docs/en/build-with-claude/preserved-thinking/prefix-checks and
 * .../fix-bound-to-a-different-conversation; the message, anomalyco/opencode#48637; the wordings for tools and messages
 * are ours. Our strict reading: every block, its order and its spelling count, also of results and of the first
 * thinking block of all; only cache markers, the order of JSON fields, and how blocks are spread over messages of one
 * role do not. A request that says `drop_block` is not refused (its beta header is not asked for).
 */
function unboundThinkingBlock(body: WireObject): RefusalDetail | undefined {
  const [first] = dropsUnbound(body) ? [] : unboundThoughts(body);
  return first === undefined
    ? undefined
    : anthropicError(
        `${first.path}: Invalid \`signature\` in \`thinking\` block. The block is bound to a different conversation. Remove the block, or set \`thinking.block_binding.prefix_mismatch_behavior\` to "drop_block". That setting requires the \`thinking-binding-controls-2026-08-01\` value in the \`anthropic-beta\` header. ${CHANGES[first.change]}`,
      );
}

/**
 * The thinking blocks that were dropped from the request, as the answer tells it, if the request says how blocks are
 * bound. Source: BerriAI/litellm#41383 (`[]`, or an entry `thinking_dropped` a block); the word for the reason is not
 * verified.
 */
export function inputTransformations(body: WireObject): readonly WireObject[] | undefined {
  if (wireObject(body.thinking).block_binding === undefined) {
    return undefined;
  }
  return unboundThoughts(body).map(({ path }) => ({
    type: 'thinking_dropped',
    path,
    reason: 'prefix_binding_mismatch',
  }));
}

/** The rules about thinking. */
export const anthropicThinkingRules: readonly RefusalRule[] = [
  malformedThinkingBudget,
  unsupportedManualThinking,
  malformedThinkingBlock,
  missingThinkingBlock,
  invalidThinkingSignature,
  unboundThinkingBlock,
];
