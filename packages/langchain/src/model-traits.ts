import type { BaseMessage } from '@langchain/core/messages';
import type { ModelTraits } from '@latecall/core';

/**
 * What a model takes. Models that want a thinking block or a signature on each call (Claude with manual thinking, Gemini)
 * refuse calls that they did not make themselves. No model of LangChain has calls that stay open.
 */
export async function traitsOf(model: unknown, messages: readonly BaseMessage[]): Promise<ModelTraits> {
  const found = await innermost(model);
  const { model: id = '', modelName = '', thinking, _llmType: llmType } = found;
  const type = typeof llmType === 'function' ? String(llmType.call(found)) : '';
  const name = `${type} ${id} ${modelName}`;
  const signs =
    /google|gemini|vertex/i.test(name) || (/anthropic|claude/i.test(name) && thinksByHand(thinking, messages));
  return { late: signs ? 'envelope' : 'append' };
}

/** The model itself, behind what `bindTools` and `withConfig` put around it, or `initChatModel` chooses. */
async function innermost(model: unknown): Promise<Record<string, unknown>> {
  if (typeof model !== 'object' || model === null) return {};
  const { bound, _getModelInstance: choose } = model as { bound?: unknown; _getModelInstance?: unknown };
  if (typeof bound === 'object' && bound !== null) return innermost(bound);
  if (typeof choose === 'function') return innermost(await choose.call(model));
  return model as Record<string, unknown>;
}

/** Where the model does not say, signed thinking in the messages tells; without a word on its kind it counts as manual. */
function thinksByHand(thinking: unknown, messages: readonly BaseMessage[]): boolean {
  const { type } = (thinking ?? {}) as { type?: unknown };
  if (type === 'enabled' || type === 'adaptive') return type === 'enabled';
  return messages.some(
    ({ type: role, content }) =>
      role === 'ai' && Array.isArray(content) && content.some((block) => block.type === 'thinking'),
  );
}
