import { outputOf } from './gateway-prompt.ts';
import { contentTexts, joinParts, type ModelView, type ViewPart, type ViewToolResult, viewTool } from './model-view.ts';
import { parsedOrText, type WireObject, wireObject, wireObjects } from './wire-value.ts';

/** Reasoning has a `text` too, but is no text of the answer. */
function texts(parts: readonly WireObject[]): readonly string[] {
  return contentTexts(parts.filter(({ type }) => type === 'text'));
}

function toolResult(part: WireObject): ViewToolResult {
  const output = outputOf(part);
  const isError = String(wireObject(part.output).type).startsWith('error-');
  return {
    callId: String(part.toolCallId),
    output: typeof output === 'string' ? parsedOrText(output) : output,
    ...(isError && { isError }),
  };
}

function messagePart({ role, content }: WireObject): readonly ViewPart[] {
  const parts = wireObjects(content);
  switch (role) {
    case 'user':
      return [{ role, texts: texts(parts) }];
    case 'assistant':
      return [
        {
          role,
          texts: texts(parts),
          toolCalls: parts
            .filter(({ type }) => type === 'tool-call')
            .map(({ toolCallId, toolName, input }) => ({
              callId: String(toolCallId),
              name: String(toolName),
              arguments: input,
            })),
        },
      ];
    case 'tool':
      return [{ role, toolResults: parts.filter(({ type }) => type === 'tool-result').map(toolResult) }];
    default:
      return [];
  }
}

/** What a model reads in the call options. */
export function gatewayView(body: WireObject, model: string): ModelView {
  const messages = wireObjects(body.prompt);
  return {
    provider: 'gateway',
    model,
    system: messages.flatMap(({ role, content }) => (role === 'system' ? contentTexts(content) : [])).join('\n'),
    messages: joinParts(messages.flatMap(messagePart)),
    tools: wireObjects(body.tools)
      .filter(({ type }) => type === 'function')
      .map((tool) => viewTool(tool, tool.inputSchema)),
    body,
  };
}
