import { contentTexts, joinParts, type ModelView, toolResult, type ViewPart, viewTool } from './model-view.ts';
import { parsedOrText, type WireObject, wireObject, wireObjects } from './wire-value.ts';

function messagePart(message: WireObject): readonly ViewPart[] {
  const texts = contentTexts(message.content);
  switch (message.role) {
    case 'user':
      return [{ role: 'user', texts }];
    case 'assistant':
      return [
        {
          role: 'assistant',
          texts,
          toolCalls: wireObjects(message.tool_calls).map(({ id, function: called }) => {
            const { name, arguments: input } = wireObject(called);
            return { callId: String(id), name: String(name), arguments: parsedOrText(String(input)) };
          }),
        },
      ];
    case 'tool':
      return [{ role: 'tool', toolResults: [toolResult({ callId: message.tool_call_id, text: texts.join('') })] }];
    default:
      return [];
  }
}

/** What a model reads in a Chat Completions request. */
export function openaiChatView(body: WireObject): ModelView {
  const messages = wireObjects(body.messages);
  return {
    provider: 'openai-chat',
    model: String(body.model),
    system: messages
      .filter(({ role }) => role === 'system' || role === 'developer')
      .flatMap(({ content }) => contentTexts(content))
      .join('\n'),
    messages: joinParts(messages.flatMap(messagePart)),
    tools: wireObjects(body.tools)
      .filter(({ type }) => type === 'function')
      .map(({ function: declared }) => viewTool(wireObject(declared), wireObject(declared).parameters)),
    body,
  };
}
