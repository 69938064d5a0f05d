import { openaiChatMessageRules } from './openai-chat-message-rules.ts';
import { openaiChatToolTurnRules } from './openai-chat-tool-turn-rules.ts';
import { emptyArray, invalidType, missingParameter, toolNameField, unknownParameter } from './openai-refusal.ts';
import { firstRefusal, type ProviderRefusal, type RefusalDetail, type RefusalRule } from './provider-refusal.ts';
import { firstFound, isWireObject, type WireObject, wireObject, wireObjects } from './wire-value.ts';

const TOOL_NAME_LIMIT = 64;

const BODY_FIELDS = [
  'audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens messages',
  'metadata modalities model n parallel_tool_calls prediction presence_penalty prompt_cache_key',
  'prompt_cache_options prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier',
  'stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options',
]
  .join(' ')
  .split(' ');

/**
 * The model and the messages must be there. Source: the error `missing_required_parameter` as the Responses API words
 * it; observed wording for Chat not verified.
 */
function missingChatField(body: WireObject): RefusalDetail | undefined {
  return firstFound(['model', 'messages'], (field) =>
    body[field] === undefined ? missingParameter(field) : undefined,
  );
}

/** At least one message. Source: CopilotKit/CopilotKit#529. */
function emptyChatMessages(body: WireObject): RefusalDetail | undefined {
  if (!Array.isArray(body.messages)) {
    return invalidType('messages', 'an array of objects', body.messages);
  }
  return body.messages.length === 0 ? emptyArray('messages') : undefined;
}

/** No parameter that the API does not know. Source: teabranch/open-responses-server#41. */
function unknownChatParameter(body: WireObject): RefusalDetail | undefined {
  return unknownParameter(body, BODY_FIELDS, '');
}

/**
 * Tools are functions with a well-formed name. Source: xinnan-tech/xiaozhi-esp32-server#1466 (pattern),
 * mrexodia/ida-pro-mcp#129 (64 characters, from a compatible provider). Unknown fields: see
 * `unknownChatMessageField`.
 */
function malformedChatTool(body: WireObject): RefusalDetail | undefined {
  return firstFound(wireObjects(body.tools), (tool, index) => {
    const path = `tools[${index}]`;
    if (tool.type === 'custom') {
      return undefined;
    }
    if (!isWireObject(tool.function)) {
      return missingParameter(`${path}.function`);
    }
    return (
      unknownParameter(tool, ['type', 'function'], path) ??
      unknownParameter(tool.function, ['name', 'description', 'parameters', 'strict'], `${path}.function`) ??
      toolNameField(tool.function.name, `${path}.function.name`, TOOL_NAME_LIMIT)
    );
  });
}

/** Every rule of Chat Completions, in the order in which they are asked. */
export const openaiChatRules: readonly RefusalRule[] = [
  missingChatField,
  emptyChatMessages,
  unknownChatParameter,
  ...openaiChatMessageRules,
  malformedChatTool,
  ...openaiChatToolTurnRules,
];

/** Why OpenAI's Chat Completions API refuses this request body, if it does. */
export function refuseOpenAIChat(body: unknown): ProviderRefusal | undefined {
  return firstRefusal(openaiChatRules, wireObject(body));
}
