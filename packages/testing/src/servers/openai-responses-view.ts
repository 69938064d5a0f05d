import { contentTexts, joinParts, type ModelView, toolResult, type ViewPart, viewTool } from './model-view.ts';
import { mayStayOpen } from './openai-native-async.ts';
import { inputItems, isMessageOf, itemType } from './openai-responses-items.ts';
import { parsedOrText, type WireObject, wireObjects } from './wire-value.ts';

function itemPart(item: WireObject): readonly ViewPart[] {
  const { role, content, call_id: callId } = item;
  switch (itemType(item)) {
    case 'message':
      return role === 'user' || role === 'assistant' ? [{ role, texts: contentTexts(content) }] : [];
    case 'function_call':
    case 'custom_tool_call': {
      const input = String(item.arguments ?? item.input);
      return [
        {
          role: 'assistant',
          toolCalls: [
            {
              callId: String(callId),
              name: String(item.name),
              arguments: parsedOrText(input),
              ...(mayStayOpen(item) && { async: true as const }),
            },
          ],
        },
      ];
    }
    case 'function_call_output':
    case 'custom_tool_call_output':
      return [{ role: 'tool', toolResults: [toolResult({ callId, text: contentTexts(item.output).join('') })] }];
    default:
      return [];
  }
}

/** What a model reads in a Responses request. `history` is the input with everything stored put in its place. */
export function openaiResponsesView(body: WireObject, history: WireObject = body): ModelView {
  const items = inputItems(history);
  const instructions = items.filter((item) => isMessageOf(item, 'system', 'developer'));
  return {
    provider: 'openai-responses',
    model: String(body.model),
    system: [body.instructions, ...instructions.map(({ content }) => content)].flatMap(contentTexts).join('\n'),
    messages: joinParts(items.flatMap(itemPart)),
    tools: wireObjects(body.tools)
      .filter(({ type }) => type === 'function')
      .map((tool) => viewTool(tool, tool.parameters)),
    body,
  };
}
