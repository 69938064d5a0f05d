import { hasNativeAsync } from './openai-native-async.ts';
import { invalidRequest, invalidType, stringField, toolNameField, unknownParameter } from './openai-refusal.ts';
import { openaiResponsesItemRules } from './openai-responses-item-rules.ts';
import { openaiResponsesToolTurnRules } from './openai-responses-tool-turn-rules.ts';
import { firstRefusal, type ProviderRefusal, type RefusalDetail, type RefusalRule } from './provider-refusal.ts';
import { firstFound, type WireObject, wireObject, wireObjects } from './wire-value.ts';

const TOOL_NAME_LIMIT = 128;

const BODY_FIELDS = [
  'background context_management conversation include input instructions max_output_tokens max_tool_calls metadata model',
  'parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_options prompt_cache_retention reasoning',
  'safety_identifier service_tier store stream stream_options temperature text tool_choice tools top_logprobs top_p',
  'truncation user',
]
  .join(' ')
  .split(' ');

/**
 * The model must be there. Source: the error `missing_required_parameter` of this API; observed wording for `model`
 * not verified.
 */
function missingResponsesModel(body: WireObject): RefusalDetail | undefined {
  return stringField(body.model, 'model');
}

/**
 * Something to answer must be there. Source: the error text quoted in several public repositories' notes (with and
 * without spaces around "or").
 */
function emptyResponsesInput(body: WireObject): RefusalDetail | undefined {
  const { input, previous_response_id: previous, prompt, conversation } = body;
  if (input !== undefined && typeof input !== 'string' && !Array.isArray(input)) {
    return invalidType('input', 'one of a string or array of input items', input);
  }
  const isEmpty = input === undefined || input.length === 0;
  return isEmpty && previous === undefined && prompt === undefined && conversation === undefined
    ? invalidRequest({
        message: `One of "input" or "previous_response_id" or 'prompt' or 'conversation_id' must be provided.`,
        param: 'input',
        code: 'missing_required_parameter',
      })
    : undefined;
}

/** No parameter that the API does not know. Source: teabranch/open-responses-server#41, decolua/9router#1157. */
function unknownResponsesParameter(body: WireObject): RefusalDetail | undefined {
  return unknownParameter(body, BODY_FIELDS, '');
}

/**
 * Function tools have a well-formed name and no field that the API does not know. Source: as for Chat
 * (xinnan-tech/xiaozhi-esp32-server#1466), with `tools[n].name`; observed wording not verified. `async` is taken from
 * GPT-6 on (developers.openai.com/api/docs/guides/async-tool-calling, for function and custom tools); that older models
 * refuse it as an unknown parameter is not verified.
 */
function malformedResponsesTool(body: WireObject): RefusalDetail | undefined {
  const known = [
    'type',
    'name',
    'description',
    'parameters',
    'strict',
    'defer_loading',
    'allowed_callers',
    'output_schema',
    ...(hasNativeAsync(body.model) ? ['async'] : []),
  ];
  return firstFound(wireObjects(body.tools), (tool, index) => {
    const path = `tools[${index}]`;
    if (tool.type === 'custom') {
      return unknownParameter(tool, ['format', ...known], path) ?? asyncField(tool, path);
    }
    return tool.type === 'function'
      ? (unknownParameter(tool, known, path) ??
          asyncField(tool, path) ??
          toolNameField(tool.name, `${path}.name`, TOOL_NAME_LIMIT))
      : undefined;
  });
}

function asyncField({ async: isAsync }: WireObject, path: string): RefusalDetail | undefined {
  return isAsync === undefined || typeof isAsync === 'boolean'
    ? undefined
    : invalidType(`${path}.async`, 'a boolean', isAsync);
}

/** The rules about the request itself, whatever it goes on from. */
export const openaiResponsesShapeRules: readonly RefusalRule[] = [
  missingResponsesModel,
  emptyResponsesInput,
  unknownResponsesParameter,
  ...openaiResponsesItemRules,
  malformedResponsesTool,
];

/** Every rule of the Responses API, in the order in which they are asked. */
export const openaiResponsesRules: readonly RefusalRule[] = [
  ...openaiResponsesShapeRules,
  ...openaiResponsesToolTurnRules,
];

/**
 * Why OpenAI's Responses API refuses this request body, if it does. Of a body that goes on from a stored
 * response (`previous_response_id`) or a conversation only the part that was sent is judged; the server
 * judges the whole history.
 */
export function refuseOpenAIResponses(body: unknown): ProviderRefusal | undefined {
  return firstRefusal(openaiResponsesRules, wireObject(body));
}
