import { hasNativeAsync } from './openai-native-async.ts';
import {
  argumentsField,
  emptyArray,
  idField,
  invalidType,
  invalidValue,
  missingParameter,
  stringField,
  toolNameField,
  unknownParameter,
} from './openai-refusal.ts';
import { inputItems, isCallItem, isOutputItem, itemType } from './openai-responses-items.ts';
import type { RefusalDetail, RefusalRule } from './provider-refusal.ts';
import { firstFound, type WireObject, wireObjects } from './wire-value.ts';

const TOOL_NAME_LIMIT = 128;
const ROLES = ['assistant', 'system', 'developer', 'user'];

const CALL_ID_LIMIT = 64;

const CALL_FIELDS = ['type', 'id', 'call_id', 'name', 'status', 'namespace', 'caller', 'async'];

/** The fields of the item types that this server reads; the others are taken as they are. */
const ITEM_FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['message', ['type', 'id', 'role', 'content', 'status', 'phase']],
  ['function_call', [...CALL_FIELDS, 'arguments']],
  ['function_call_output', ['type', 'id', 'call_id', 'output', 'status', 'caller']],
  ['custom_tool_call', [...CALL_FIELDS, 'input']],
  ['custom_tool_call_output', ['type', 'id', 'call_id', 'output', 'status']],
  ['item_reference', ['type', 'id']],
  ['reasoning', ['type', 'id', 'summary', 'content', 'encrypted_content', 'status']],
]);

const OTHER_ITEM_TYPES = [
  'file_search_call computer_call computer_call_output web_search_call image_generation_call code_interpreter_call',
  'local_shell_call local_shell_call_output shell_call shell_call_output apply_patch_call apply_patch_call_output',
  'mcp_list_tools mcp_approval_request mcp_approval_response mcp_call tool_search_call tool_search_output',
  'additional_tools compaction compaction_trigger configuration_update program program_output',
]
  .join(' ')
  .split(' ');

const ITEM_TYPES = [...ITEM_FIELDS.keys(), ...OTHER_ITEM_TYPES];

/**
 * Only input items of a type that the API takes, and messages of a role that it takes. Source:
 * platform.openai.com/docs/api-reference/responses/create; `param` and `code` as quoted in public client code; the
 * list of types is not the provider's whole one.
 */
function unknownResponsesItem(body: WireObject): RefusalDetail | undefined {
  return firstFound(inputItems(body), (item, index) => {
    const param = `input[${index}]`;
    if (!ITEM_TYPES.includes(itemType(item))) {
      return invalidValue(param, item.type, ITEM_TYPES);
    }
    return itemType(item) === 'message' && !ROLES.includes(String(item.role))
      ? invalidValue(`${param}.role`, item.role, ROLES)
      : undefined;
  });
}

/**
 * No field of an item that the API does not know; a field that is null counts. Source: openai/openai-python#3146
 * (`input[2].parsed_arguments`), openai/openai-python#3008 (`input[1].status`). `async` is a field of calls for the
 * models that have native async calls (openai 7.55, the types of `function_call`); that older ones refuse it is the
 * reading of this server.
 */
function unknownResponsesItemField(body: WireObject): RefusalDetail | undefined {
  return firstFound(inputItems(body), (item, index) => {
    const known = ITEM_FIELDS.get(itemType(item))?.filter((field) => field !== 'async' || hasNativeAsync(body.model));
    return known && unknownParameter(item, known, `input[${index}]`);
  });
}

/**
 * The content of a message is text or parts of the role's types. Source: epam/ai-dial-adapter-openai#511,
 * jeremychone/rust-genai#119.
 */
function invalidResponsesContent(body: WireObject): RefusalDetail | undefined {
  return firstFound(inputItems(body), (item, index) => {
    const param = `input[${index}].content`;
    const { content } = item;
    if (itemType(item) !== 'message' || typeof content === 'string') {
      return undefined;
    }
    if (!Array.isArray(content)) {
      return content === undefined ? missingParameter(param) : invalidType(param, 'one of a string or array', content);
    }
    const types =
      item.role === 'assistant'
        ? ['output_text', 'refusal']
        : ['input_text', 'input_image', 'input_file', 'input_audio'];
    return firstFound(wireObjects(content), ({ type }, part) =>
      types.includes(String(type)) ? undefined : invalidValue(`${param}[${part}]`, type, types),
    );
  });
}

/**
 * Call ids of at most 64 characters, on calls and on results. Source: AnswerDotAI/fastllm#45, orchidfiles/ungate#26,
 * decolua/9router#393; a missing one: openai/codex#42088, and `Missing required parameter: 'input[1].call_id'.`
 * quoted in public client code.
 */
function malformedResponsesCallId(body: WireObject): RefusalDetail | undefined {
  return firstFound(inputItems(body), (item, index) =>
    isCallItem(item) || isOutputItem(item)
      ? idField(item.call_id, `input[${index}].call_id`, CALL_ID_LIMIT)
      : undefined,
  );
}

/**
 * A call has a well-formed name and arguments. Source: platform.openai.com/docs/api-reference/responses/create for
 * the fields; the limit of 128 as in diegosouzapw/OmniRoute#4317; arguments that are no JSON object:
 * justrach/codegraff#752, whether OpenAI itself refuses them is not verified.
 */
function malformedResponsesCall(body: WireObject): RefusalDetail | undefined {
  return firstFound(inputItems(body), (item, index) => {
    if (!isCallItem(item)) {
      return undefined;
    }
    const path = `input[${index}]`;
    return (
      toolNameField(item.name, `${path}.name`, TOOL_NAME_LIMIT) ??
      (item.type === 'function_call'
        ? argumentsField(item.arguments, `${path}.arguments`)
        : stringField(item.input, `${path}.input`))
    );
  });
}

/**
 * A result has an output: text or a list of content parts. Source: the error `Missing required parameter:
 * 'input[n].output'` quoted in public client code.
 */
function malformedResponsesOutput(body: WireObject): RefusalDetail | undefined {
  return firstFound(inputItems(body), (item, index) => {
    const param = `input[${index}].output`;
    if (!isOutputItem(item) || typeof item.output === 'string') {
      return undefined;
    }
    if (!Array.isArray(item.output)) {
      return item.output === undefined
        ? missingParameter(param)
        : invalidType(param, 'one of an array of objects or string', item.output);
    }
    const types = ['input_text', 'input_image', 'input_file'];
    return item.output.length === 0
      ? emptyArray(param)
      : firstFound(wireObjects(item.output), ({ type }, part) =>
          types.includes(String(type)) ? undefined : invalidValue(`${param}[${part}]`, type, types),
        );
  });
}

/** The rules about what an input item may hold. */
export const openaiResponsesItemRules: readonly RefusalRule[] = [
  unknownResponsesItem,
  unknownResponsesItemField,
  invalidResponsesContent,
  malformedResponsesCallId,
  malformedResponsesCall,
  malformedResponsesOutput,
];
