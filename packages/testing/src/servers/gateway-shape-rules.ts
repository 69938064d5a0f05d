import { GATEWAY_ERROR, promptParts } from './gateway-prompt.ts';
import type { RefusalDetail, RefusalRule } from './provider-refusal.ts';
import { firstFound, isWireObject, unknownField, type WireObject, wireObjects } from './wire-value.ts';

const CALL_OPTIONS = [
  'prompt maxOutputTokens temperature stopSequences topP topK presencePenalty frequencyPenalty responseFormat seed tools',
  'toolChoice includeRawChunks headers reasoning providerOptions',
]
  .join(' ')
  .split(' ');

/** The parts that each role may have; a system message is text. */
const PART_TYPES: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['user', ['text', 'file']],
  ['assistant', ['text', 'file', 'custom', 'reasoning', 'reasoning-file', 'tool-call', 'tool-result']],
  ['tool', ['tool-result', 'tool-approval-response']],
]);

const TOOL_NAME = /^[a-zA-Z0-9_-]{1,128}$/;

const OUTPUT_TYPES = ['text', 'json', 'execution-denied', 'error-text', 'error-json', 'content'];

function refused(message: string): RefusalDetail {
  return { ...GATEWAY_ERROR, message };
}

/** A prompt with at least one message. Source: `LanguageModelV4CallOptions`; wording ours. */
function missingGatewayPrompt({ prompt }: WireObject): RefusalDetail | undefined {
  return Array.isArray(prompt) && prompt.length > 0 ? undefined : refused('prompt: expected a list of messages');
}

/** Only call options of the specification. Source: `LanguageModelV4CallOptions`; wording ours. */
function unknownGatewayOption(body: WireObject): RefusalDetail | undefined {
  const field = unknownField(body, CALL_OPTIONS);
  return field === undefined ? undefined : refused(`${field}: unknown call option`);
}

/** Only roles and parts of the specification. Source: `LanguageModelV4Message`; wording ours. */
function unknownGatewayPart(body: WireObject): RefusalDetail | undefined {
  return firstFound(wireObjects(body.prompt), ({ role, content }, index) => {
    const path = `prompt.${index}`;
    const known = PART_TYPES.get(role);
    if (known === undefined) {
      return role === 'system' && typeof content === 'string'
        ? undefined
        : refused(role === 'system' ? `${path}.content: expected a string` : `${path}.role: unknown role`);
    }
    if (!Array.isArray(content)) {
      return refused(`${path}.content: expected a list of parts`);
    }
    return firstFound(wireObjects(content), ({ type }, position) =>
      known.includes(String(type))
        ? undefined
        : refused(`${path}.content.${position}.type: '${String(type)}' is no part of the role '${String(role)}'`),
    );
  });
}

/** Calls and results name their call and tool. Source: `LanguageModelV4ToolCallPart` and `...ResultPart`; wording ours. */
function malformedGatewayToolPart(body: WireObject): RefusalDetail | undefined {
  return firstFound(promptParts(body), ({ part, path }) => {
    const { type, input, output } = part;
    if (type !== 'tool-call' && type !== 'tool-result') {
      return undefined;
    }
    const field = ['toolCallId', 'toolName'].find((name) => typeof part[name] !== 'string' || part[name] === '');
    if (field !== undefined) {
      return refused(`${path}.${field}: expected a string that is not empty`);
    }
    if (type === 'tool-call') {
      return input === undefined ? refused(`${path}.input: missing`) : undefined;
    }
    return isWireObject(output) && OUTPUT_TYPES.includes(String(output.type))
      ? undefined
      : refused(`${path}.output: expected an output with a known type`);
  });
}

/**
 * Tools have a well-formed name, one each. Source: `LanguageModelV4FunctionTool` and `...ProviderTool`; the pattern is what
 * the providers behind it refuse (`malformedAnthropicTool`); wording ours.
 */
function malformedGatewayTool(body: WireObject): RefusalDetail | undefined {
  const tools = wireObjects(body.tools);
  return firstFound(tools, ({ type, name, inputSchema }, index) => {
    if (typeof name !== 'string' || !TOOL_NAME.test(name)) {
      return refused(`tools.${index}.name: string does not match pattern '${TOOL_NAME.source}'`);
    }
    if (tools.findIndex((tool) => tool.name === name) < index) {
      return refused(`tools.${index}.name: another tool has the name '${name}'`);
    }
    return type === 'function' && !isWireObject(inputSchema)
      ? refused(`tools.${index}.inputSchema: expected a JSON schema`)
      : undefined;
  });
}

/** The rules about the call options themselves. */
export const gatewayShapeRules: readonly RefusalRule[] = [
  missingGatewayPrompt,
  unknownGatewayOption,
  unknownGatewayPart,
  malformedGatewayToolPart,
  malformedGatewayTool,
];
