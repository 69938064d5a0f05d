import { blocksOf, contentBlocks } from './anthropic-refusal.ts';
import { contentTexts, joinParts, type ModelView, toolResult, type ViewPart, viewTool } from './model-view.ts';
import { type WireObject, wireObjects } from './wire-value.ts';

function userParts(message: WireObject): readonly ViewPart[] {
  const results = blocksOf(message, 'tool_result').map((block) =>
    toolResult({
      callId: block.tool_use_id,
      text: contentTexts(block.content).join(''),
      isError: block.is_error,
    }),
  );
  const texts = contentTexts(contentBlocks(message));
  return [
    ...(results.length > 0 ? [{ role: 'tool' as const, toolResults: results }] : []),
    ...(texts.length > 0 || results.length === 0 ? [{ role: 'user' as const, texts }] : []),
  ];
}

function messageParts(message: WireObject): readonly ViewPart[] {
  switch (message.role) {
    case 'user':
      return userParts(message);
    case 'assistant':
      return [
        {
          role: 'assistant',
          texts: contentTexts(contentBlocks(message)),
          toolCalls: blocksOf(message, 'tool_use').map(({ id, name, input }) => ({
            callId: String(id),
            name: String(name),
            arguments: input,
          })),
        },
      ];
    default:
      return [];
  }
}

/** What a model reads in a Messages request. */
export function anthropicView(body: WireObject): ModelView {
  const messages = wireObjects(body.messages);
  const systemMessages = messages.filter(({ role }) => role === 'system');
  return {
    provider: 'anthropic',
    model: String(body.model),
    system: [body.system, ...systemMessages.map(({ content }) => content)].flatMap(contentTexts).join('\n'),
    messages: joinParts(messages.flatMap(messageParts)),
    tools: wireObjects(body.tools)
      .filter(({ input_schema: schema }) => schema !== undefined)
      .map((tool) => viewTool(tool, tool.input_schema)),
    body,
  };
}
