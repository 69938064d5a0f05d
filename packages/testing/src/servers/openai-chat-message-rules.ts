import {
  argumentsField,
  emptyArray,
  idField,
  invalidRequest,
  invalidType,
  invalidValue,
  missingParameter,
  toolNameField,
  unknownParameter,
} from './openai-refusal.ts';
import type { RefusalDetail, RefusalRule } from './provider-refusal.ts';
import { firstFound, type WireObject, wireObject, wireObjects } from './wire-value.ts';

const TOOL_NAME_LIMIT = 64;
const ROLES = ['system', 'assistant', 'user', 'function', 'tool', 'developer'];

const CALL_ID_LIMIT = 40;

const MESSAGE_FIELDS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['assistant', ['role', 'content', 'name', 'tool_calls', 'refusal', 'audio', 'function_call', 'annotations']],
  ['tool', ['role', 'content', 'name', 'tool_call_id']],
]);

const PLAIN_MESSAGE_FIELDS = ['role', 'content', 'name'];

const PART_TYPES: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['user', ['text', 'image_url', 'input_audio', 'file']],
  ['assistant', ['text', 'refusal']],
]);

const PLAIN_PART_TYPES = ['text'];

/**
 * Only the roles of the API. Source: platform.openai.com/docs/api-reference/chat/create; observed wording not
 * verified.
 */
function unknownChatRole(body: WireObject): RefusalDetail | undefined {
  return firstFound(wireObjects(body.messages), ({ role }, index) => {
    const param = `messages[${index}].role`;
    if (role === undefined) {
      return missingParameter(param);
    }
    return ROLES.includes(String(role)) ? undefined : invalidValue(param, role, ROLES);
  });
}

/**
 * No message field that the API does not know. Source: the error `Unknown parameter: 'messages[2].reasoning'.` and
 * its like for `messages[2].tool_calls[0].index`, quoted in public client code; the platform is stricter with some
 * models than with others.
 */
function unknownChatMessageField(body: WireObject): RefusalDetail | undefined {
  return firstFound(wireObjects(body.messages), (message, index) => {
    const path = `messages[${index}]`;
    return (
      unknownParameter(message, MESSAGE_FIELDS.get(message.role) ?? PLAIN_MESSAGE_FIELDS, path) ??
      firstFound(wireObjects(message.tool_calls), (call, position) =>
        unknownParameter(call, ['id', 'type', 'function'], `${path}.tool_calls[${position}]`),
      )
    );
  });
}

/**
 * Content must be there (an assistant message with tool calls may have none), as text or as parts of a type that the
 * role takes. Source: platform.openai.com/docs/api-reference/chat/create; observed wording not verified.
 */
function invalidChatContent(body: WireObject): RefusalDetail | undefined {
  return firstFound(wireObjects(body.messages), (message, index) => {
    const { role, content } = message;
    const param = `messages[${index}].content`;
    if (typeof content === 'string') {
      return undefined;
    }
    if (content === undefined || content === null) {
      const mayBeEmpty = role === 'assistant' && (message.tool_calls !== undefined || message.refusal !== undefined);
      return mayBeEmpty
        ? undefined
        : invalidRequest({ message: `Invalid value for 'content': expected a string, got null.`, param });
    }
    if (!Array.isArray(content)) {
      return invalidType(param, 'one of a string or array of objects', content);
    }
    const types = PART_TYPES.get(role) ?? PLAIN_PART_TYPES;
    return content.length === 0
      ? emptyArray(param)
      : firstFound(wireObjects(content), ({ type }, part) =>
          types.includes(String(type)) ? undefined : invalidValue(`${param}[${part}].type`, type, types),
        );
  });
}

/** Tool calls, if there, are a list of at least one. Source: chatboxai/chatbox#2079, openai/openai-node#1341. */
function emptyChatToolCalls(body: WireObject): RefusalDetail | undefined {
  return firstFound(wireObjects(body.messages), ({ tool_calls: calls }, index) => {
    const param = `messages[${index}].tool_calls`;
    if (calls !== undefined && !Array.isArray(calls)) {
      return invalidType(param, 'an array of objects', calls);
    }
    return calls?.length === 0 ? emptyArray(param) : undefined;
  });
}

/**
 * Call ids of at most 40 characters. Source: vercel/ai#8132, microsoft/autogen#6377, langmanus/langmanus#119. A later
 * run of vercel/ai#17233 saw the platform take 51: this server keeps the stricter reading, so that what it takes is
 * taken everywhere.
 */
function malformedChatCallId(body: WireObject): RefusalDetail | undefined {
  return firstFound(wireObjects(body.messages), (message, index) =>
    firstFound(wireObjects(message.tool_calls), ({ id }, call) =>
      idField(id, `messages[${index}].tool_calls[${call}].id`, CALL_ID_LIMIT),
    ),
  );
}

/**
 * A tool message names the call it answers. Source: langchain-ai/langchain#22600, run-llama/multi-agent-concierge#16;
 * for the length see `malformedChatCallId`.
 */
function missingChatToolCallId(body: WireObject): RefusalDetail | undefined {
  return firstFound(wireObjects(body.messages), ({ role, tool_call_id: id }, index) => {
    if (role !== 'tool') {
      return undefined;
    }
    return id === undefined || id === ''
      ? invalidRequest({
          message: `Missing parameter 'tool_call_id': messages with role 'tool' must have a 'tool_call_id'.`,
          param: `messages.[${index}].tool_call_id`,
        })
      : idField(id, `messages[${index}].tool_call_id`, CALL_ID_LIMIT);
  });
}

/**
 * A call is of type `function`, with a name and arguments. Names: mcp-use/mcp-use#90 (pattern),
 * mrexodia/ida-pro-mcp#129 (64 characters, from a compatible provider). Arguments that are no JSON object: "arguments
 * must be a valid JSON object string" in justrach/codegraff#752; whether OpenAI itself refuses them is not verified.
 */
function malformedChatCall(body: WireObject): RefusalDetail | undefined {
  return firstFound(wireObjects(body.messages), (message, index) =>
    firstFound(wireObjects(message.tool_calls), (call, position) => {
      const path = `messages[${index}].tool_calls[${position}]`;
      if (call.type !== 'function') {
        return call.type === undefined
          ? missingParameter(`${path}.type`)
          : invalidValue(`${path}.type`, call.type, ['function']);
      }
      const { name, arguments: input } = wireObject(call.function);
      return (
        toolNameField(name, `${path}.function.name`, TOOL_NAME_LIMIT) ??
        argumentsField(input, `${path}.function.arguments`)
      );
    }),
  );
}

/** The rules about what a message may hold. */
export const openaiChatMessageRules: readonly RefusalRule[] = [
  unknownChatRole,
  unknownChatMessageField,
  invalidChatContent,
  emptyChatToolCalls,
  malformedChatCallId,
  missingChatToolCallId,
  malformedChatCall,
];
