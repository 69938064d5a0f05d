import { anthropicContentRules } from './anthropic-content-rules.ts';
import { anthropicError } from './anthropic-refusal.ts';
import { anthropicThinkingRules } from './anthropic-thinking-rules.ts';
import { anthropicToolTurnRules } from './anthropic-tool-turn-rules.ts';
import { firstRefusal, type ProviderRefusal, type RefusalDetail, type RefusalRule } from './provider-refusal.ts';
import { firstFound, isWireObject, unknownField, type WireObject, wireObject, wireObjects } from './wire-value.ts';

const TOOL_NAME = /^[a-zA-Z0-9_-]{1,128}$/;

const BODY_FIELDS = [
  'cache_control compaction container context_management fallbacks inference_geo max_tokens mcp_servers messages metadata model',
  'output_config output_format safeguards service_tier speed stop_sequences stream system temperature thinking thread',
  'tool_choice tools top_k top_p',
]
  .join(' ')
  .split(' ');

const TOOL_FIELDS = [
  'type name description input_schema cache_control strict eager_input_streaming defer_loading allowed_callers input_examples',
]
  .join(' ')
  .split(' ');

/**
 * The model, the token limit and the messages must be there. Source: anthropic API errors `max_tokens: Field
 * required`, quoted in many public client tests.
 */
function missingAnthropicField(body: WireObject): RefusalDetail | undefined {
  return firstFound(['model', 'max_tokens', 'messages'], (field) =>
    body[field] === undefined ? anthropicError(`${field}: Field required`) : undefined,
  );
}

/** At least one message. Source: langchain-ai/langchain#31657. */
function emptyAnthropicMessages(body: WireObject): RefusalDetail | undefined {
  if (!Array.isArray(body.messages)) {
    return anthropicError('messages: Input should be a valid array');
  }
  return body.messages.length === 0 ? anthropicError('messages: at least one message is required') : undefined;
}

/** No field that the API does not know. Source: Aider-AI/aider#3367. */
function unknownAnthropicField(body: WireObject): RefusalDetail | undefined {
  const field = unknownField(body, BODY_FIELDS);
  return field === undefined ? undefined : anthropicError(`${field}: Extra inputs are not permitted`);
}

/**
 * Roles are `user` and `assistant` (and `system`, behind the first message, on models that take it). Source:
 * mark3labs/mcphost#36, NyarchLinux/NyarchAssistant#157; `system` at the head: the error quoted in public client
 * tests.
 */
function unknownAnthropicRole(body: WireObject): RefusalDetail | undefined {
  return firstFound(wireObjects(body.messages), ({ role }, index) => {
    if (role === 'system' && index === 0) {
      return anthropicError(`messages.0: use the top-level 'system' parameter for the initial system prompt`);
    }
    if (role === undefined) {
      return anthropicError(`messages.${index}.role: Field required`);
    }
    if (role === 'user' || role === 'assistant' || role === 'system') {
      return undefined;
    }
    const hint =
      role === 'tool'
        ? ' For instructions on how to use tools, see https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview.'
        : '';
    return anthropicError(
      `messages: Unexpected role "${String(role)}". Allowed roles are "user" or "assistant"${hint === '' ? '' : `.${hint}`}`,
    );
  });
}

/** The user speaks first. Source: lobehub/lobehub#1601, langbot-app/LangBot#867. */
function anthropicFirstRole(body: WireObject): RefusalDetail | undefined {
  return wireObjects(body.messages)[0]?.role === 'user'
    ? undefined
    : anthropicError('messages: first message must use the "user" role');
}

/**
 * Tools have a well-formed name. Source: home-assistant/core#147760, modelcontextprotocol/modelcontextprotocol#1345
 * (`{1,128}`; `{1,64}` until 2025: apify/tester-mcp-client#11).
 */
function malformedAnthropicTool(body: WireObject): RefusalDetail | undefined {
  return firstFound(wireObjects(body.tools), (tool, index) => {
    const { type = 'custom', name } = tool;
    if (type !== 'custom') {
      return undefined;
    }
    if (typeof name !== 'string') {
      return anthropicError(`tools.${index}.custom.name: Field required`);
    }
    if (!isWireObject(tool.input_schema)) {
      return anthropicError(`tools.${index}.custom.input_schema: Field required`);
    }
    const extra = unknownField(tool, TOOL_FIELDS);
    if (extra !== undefined) {
      return anthropicError(`tools.${index}.custom.${extra}: Extra inputs are not permitted`);
    }
    return TOOL_NAME.test(name)
      ? undefined
      : anthropicError(`tools.${index}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
  });
}

/** No tool name twice. Source: tailcallhq/forgecode#892. */
function duplicateAnthropicTool(body: WireObject): RefusalDetail | undefined {
  const names = wireObjects(body.tools).flatMap(({ name }) => (typeof name === 'string' ? [name] : []));
  return new Set(names).size < names.length ? anthropicError('tools: Tool names must be unique.') : undefined;
}

/** Every rule of the Messages API, in the order in which they are asked. */
export const anthropicRules: readonly RefusalRule[] = [
  missingAnthropicField,
  emptyAnthropicMessages,
  unknownAnthropicField,
  unknownAnthropicRole,
  anthropicFirstRole,
  malformedAnthropicTool,
  duplicateAnthropicTool,
  ...anthropicContentRules,
  ...anthropicToolTurnRules,
  ...anthropicThinkingRules,
];

/** Why Anthropic's Messages API refuses this request body, if it does. */
export function refuseAnthropic(body: unknown): ProviderRefusal | undefined {
  return firstRefusal(anthropicRules, wireObject(body));
}
