import { anthropicError, blocksOf, contentBlocks, placedBlocks } from './anthropic-refusal.ts';
import type { RefusalDetail, RefusalRule } from './provider-refusal.ts';
import { firstFound, isWireObject, unknownField, type WireObject, wireObjects } from './wire-value.ts';

const TOOL_USE_ID = /^[a-zA-Z0-9_-]+$/;

/** The fields of the block types that this server reads. */
const BLOCK_FIELDS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['text', ['type', 'text', 'cache_control', 'citations']],
  ['tool_use', ['type', 'id', 'name', 'input', 'cache_control', 'caller', 'toolset_name']],
  ['tool_result', ['type', 'tool_use_id', 'content', 'is_error', 'cache_control', 'toolset_name']],
  ['thinking', ['type', 'thinking', 'signature']],
  ['redacted_thinking', ['type', 'data']],
]);

const OTHER_BLOCK_TYPES = [
  'image document search_result container_upload server_tool_use web_search_tool_result',
  'web_fetch_tool_result code_execution_tool_result bash_code_execution_tool_result',
  'text_editor_code_execution_tool_result tool_search_tool_result mcp_tool_use mcp_tool_result compaction tool_reference',
  'tool_addition tool_removal',
]
  .join(' ')
  .split(' ');
const BLOCK_TYPES = [...BLOCK_FIELDS.keys(), ...OTHER_BLOCK_TYPES];

/** Models that take no answer begun for them (Claude 4.6 and later). */
const NO_PREFILL = /^claude-(?:opus|sonnet|haiku)-(?:4-[6-9]|4-1\d|[5-9])(?:-|$)/;

/**
 * No message field that the API does not know. Source: langchain-ai/langchain#31208 (for blocks; the same validator).
 */
function unknownAnthropicMessageField(body: WireObject): RefusalDetail | undefined {
  return firstFound(wireObjects(body.messages), (message, index) => {
    const known = message.role === 'system' ? ['role', 'content', 'clear_at', 'output_config'] : ['role', 'content'];
    const field = unknownField(message, known);
    return field === undefined
      ? undefined
      : anthropicError(`messages.${index}.${field}: Extra inputs are not permitted`);
  });
}

/** Every message has content, but for a last one of the assistant. Source: anthropics/claude-code#6774. */
function emptyAnthropicContent(body: WireObject): RefusalDetail | undefined {
  const messages = wireObjects(body.messages);
  return firstFound(messages, (message, index) => {
    const { content, role } = message;
    if (content === undefined) {
      return anthropicError(`messages.${index}.content: Field required`);
    }
    if (typeof content !== 'string' && !Array.isArray(content)) {
      return anthropicError(`messages.${index}.content: Input should be a valid array`);
    }
    return content.length > 0 || (role === 'assistant' && index === messages.length - 1)
      ? undefined
      : anthropicError(
          `messages.${index}: all messages must have non-empty content except for the optional final assistant message`,
        );
  });
}

/**
 * Only block types that the API takes. Source: the error `Input tag '...' found using 'type' does not match any of
 * the expected tags` in vercel/ai#22005's reproduction; the list behind it is not repeated here.
 */
function unknownAnthropicBlock(body: WireObject): RefusalDetail | undefined {
  return firstFound(placedBlocks(body), ({ block, path }) =>
    BLOCK_TYPES.includes(block.type)
      ? undefined
      : anthropicError(
          `${path}: Input tag '${String(block.type)}' found using 'type' does not match any of the expected tags`,
        ),
  );
}

/** No block field that the API does not know. Source: langchain-ai/langchain#31208. */
function unknownAnthropicBlockField(body: WireObject): RefusalDetail | undefined {
  return firstFound(placedBlocks(body), ({ block, path }) => {
    const known = BLOCK_FIELDS.get(block.type);
    const field = known && unknownField(block, known);
    return field === undefined
      ? undefined
      : anthropicError(`${path}.${String(block.type)}.${field}: Extra inputs are not permitted`);
  });
}

/** Text blocks say something. Source: stackblitz/bolt.new#7426 (empty), anthropics/claude-code#23440 (white space). */
function emptyAnthropicText(body: WireObject): RefusalDetail | undefined {
  const parts = placedBlocks(body).flatMap(({ block }) =>
    block.type === 'tool_result' && Array.isArray(block.content) ? wireObjects(block.content) : [block],
  );
  const refuse =
    (field: string) =>
    ({ type, text }: WireObject): RefusalDetail | undefined =>
      type !== 'text' || (typeof text === 'string' && text.trim() !== '')
        ? undefined
        : anthropicError(
            `${field}: text content blocks must ${text === '' ? 'be non-empty' : 'contain non-whitespace text'}`,
          );
  return firstFound(parts, refuse('messages')) ?? firstFound(wireObjects(body.system), refuse('system'));
}

/**
 * Calls and results have ids of the pattern. Source: BlockRunAI/ClawRouter#17, RooCodeInc/Roo-Code#10649,
 * HKUDS/nanobot#4356.
 */
function malformedToolUseId(body: WireObject): RefusalDetail | undefined {
  return firstFound(placedBlocks(body), ({ block, path }) => {
    const field = block.type === 'tool_use' ? 'id' : block.type === 'tool_result' ? 'tool_use_id' : undefined;
    if (field === undefined || (typeof block[field] === 'string' && TOOL_USE_ID.test(block[field]))) {
      return undefined;
    }
    const at = `${path}.${String(block.type)}.${field}`;
    return anthropicError(
      block[field] === undefined ? `${at}: Field required` : `${at}: String should match pattern '^[a-zA-Z0-9_-]+$'`,
    );
  });
}

/**
 * A call has a name and an object as input. Source: VoltAgent/voltagent#1135 and others (`Input should be a valid
 * dictionary`); the pattern of the name as for tools (home-assistant/core#147760), observed wording for
 * `tool_use.name` not verified.
 */
function malformedToolUse(body: WireObject): RefusalDetail | undefined {
  return firstFound(placedBlocks(body), ({ block, path }) => {
    const { type, name, input } = block;
    if (type !== 'tool_use') {
      return undefined;
    }
    if (typeof name !== 'string') {
      return anthropicError(`${path}.tool_use.name: Field required`);
    }
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(name)) {
      return anthropicError(`${path}.tool_use.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
    }
    return isWireObject(input)
      ? undefined
      : anthropicError(
          `${path}.tool_use.input: ${input === undefined ? 'Field required' : 'Input should be a valid dictionary'}`,
        );
  });
}

/**
 * A conversation that ends with the assistant ends without white space. Source: tailcallhq/forgecode#1872,
 * anomalyco/opencode#1295.
 */
function trailingAnthropicWhitespace(body: WireObject): RefusalDetail | undefined {
  const last = wireObjects(body.messages).at(-1);
  const text = contentBlocks(last).at(-1)?.text;
  return last?.role === 'assistant' && typeof text === 'string' && text !== text.trimEnd()
    ? anthropicError('messages: final assistant content cannot end with trailing whitespace')
    : undefined;
}

/**
 * Claude 4.6 and later take no answer begun for them. Source: anomalyco/opencode#13768, vercel/ai#12296,
 * langchain-ai/deepagents#1585.
 */
function anthropicPrefill(body: WireObject): RefusalDetail | undefined {
  const last = wireObjects(body.messages).at(-1);
  return last?.role === 'assistant' && blocksOf(last, 'tool_use').length === 0 && NO_PREFILL.test(String(body.model))
    ? anthropicError(
        'This model does not support assistant message prefill. The conversation must end with a user message.',
      )
    : undefined;
}

/** The rules about what a message may hold. */
export const anthropicContentRules: readonly RefusalRule[] = [
  unknownAnthropicMessageField,
  emptyAnthropicContent,
  unknownAnthropicBlock,
  unknownAnthropicBlockField,
  emptyAnthropicText,
  malformedToolUseId,
  malformedToolUse,
  trailingAnthropicWhitespace,
  anthropicPrefill,
];
