import { anthropicError, blocksOf, contentBlocks, placedBlocks } from './anthropic-refusal.ts';
import type { RefusalDetail, RefusalRule } from './provider-refusal.ts';
import { firstFound, type WireObject, wireObjects } from './wire-value.ts';

/** The ids of the results that a message begins with: only these are "immediately after" the calls. */
function leadingResultIds(message: WireObject | undefined): readonly string[] {
  const blocks = message?.role === 'user' ? contentBlocks(message) : [];
  const end = blocks.findIndex(({ type }) => type !== 'tool_result');
  return (end === -1 ? blocks : blocks.slice(0, end)).map((block) => String(block.tool_use_id));
}

/** The calls of a message that more of the message follows: a result cannot stand right behind them. */
function buriedCallIds(message: WireObject): readonly string[] {
  const blocks = contentBlocks(message);
  const lastOther = blocks.findLastIndex(({ type }) => type !== 'tool_use');
  return blocks.slice(0, lastOther + 1).flatMap((block) => (block.type === 'tool_use' ? [String(block.id)] : []));
}

/**
 * Calls are the assistant's, results the user's. Source: the errors quoted in tghamm/Anthropic.SDK#128 (results) and
 * in public client tests (calls).
 */
function misplacedToolBlock(body: WireObject): RefusalDetail | undefined {
  return firstFound(wireObjects(body.messages), (message, index) => {
    if (message.role !== 'assistant' && blocksOf(message, 'tool_use').length > 0) {
      return anthropicError(`messages.${index}: \`tool_use\` blocks can only be in \`assistant\` messages`);
    }
    return message.role !== 'user' && blocksOf(message, 'tool_result').length > 0
      ? anthropicError(`messages.${index}: \`tool_result\` blocks can only be in \`user\` messages`)
      : undefined;
  });
}

/**
 * No call id twice in one history. Source: anthropics/claude-code#20901, anomalyco/opencode#1279,
 * BerriAI/litellm#23510.
 */
function duplicateToolUseId(body: WireObject): RefusalDetail | undefined {
  const seen = new Set<unknown>();
  return firstFound(placedBlocks(body), ({ block, path }) => {
    if (block.type !== 'tool_use') {
      return undefined;
    }
    if (seen.has(block.id)) {
      return anthropicError(`${path}: \`tool_use\` ids must be unique`);
    }
    seen.add(block.id);
    return undefined;
  });
}

/**
 * A result answers a call of the message right before. Source: router-for-me/CLIProxyAPI#497,
 * anthropics/claude-code#18947, decocms/studio#1803.
 */
function toolResultWithoutCall(body: WireObject): RefusalDetail | undefined {
  const messages = wireObjects(body.messages);
  return firstFound(messages, (message, index) =>
    firstFound(contentBlocks(message), ({ type, tool_use_id: id }, position) =>
      type !== 'tool_result' || blocksOf(messages[index - 1], 'tool_use').some((call) => call.id === id)
        ? undefined
        : anthropicError(
            `messages.${index}.content.${position}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${String(id)}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
          ),
    ),
  );
}

/** One result for a call. Source: BerriAI/litellm#17632, sipeed/picoclaw#1793, QwenLM/qwen-code#8163. */
function duplicateToolResult(body: WireObject): RefusalDetail | undefined {
  const seen = new Set<unknown>();
  return firstFound(placedBlocks(body), ({ block, path }) => {
    if (block.type !== 'tool_result') {
      return undefined;
    }
    const id = block.tool_use_id;
    if (seen.has(id)) {
      return anthropicError(
        `${path}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${String(id)}`,
      );
    }
    seen.add(id);
    return undefined;
  });
}

/**
 * Every call is answered at the head of the very next message, which is the user's. Source:
 * anthropics/claude-code#5989, anthropics/anthropic-sdk-typescript#653; text before or between results:
 * platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls; anything of the assistant's behind
 * its calls: the recorded 400 in anomalyco/opencode,
 * packages/llm/test/fixtures/recordings/anthropic-messages/rejects-malformed-assistant-tool-order-without-patch.json.
 * Results spread over two user messages: sipeed/picoclaw#1793 (not verified for every model).
 */
function unansweredToolUse(body: WireObject): RefusalDetail | undefined {
  const messages = wireObjects(body.messages);
  return firstFound(messages, (message, index) => {
    const answered = leadingResultIds(messages[index + 1]);
    const buried = buriedCallIds(message);
    const open = blocksOf(message, 'tool_use')
      .map(({ id }) => String(id))
      .filter((id) => !answered.includes(id) || buried.includes(id));
    return open.length === 0
      ? undefined
      : anthropicError(
          `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
        );
  });
}

/**
 * A history with calls or results needs tools. Source: the error text quoted in several public clients' code; not
 * every model was observed to refuse.
 */
function toolBlocksWithoutTools(body: WireObject): RefusalDetail | undefined {
  const hasToolBlocks = placedBlocks(body).some(
    ({ block }) => block.type === 'tool_use' || block.type === 'tool_result',
  );
  return hasToolBlocks && wireObjects(body.tools).length === 0
    ? anthropicError('Requests which include `tool_use` or `tool_result` blocks must define tools.')
    : undefined;
}

/** The rules that pair calls with their results. */
export const anthropicToolTurnRules: readonly RefusalRule[] = [
  misplacedToolBlock,
  duplicateToolUseId,
  toolResultWithoutCall,
  duplicateToolResult,
  unansweredToolUse,
  toolBlocksWithoutTools,
];
