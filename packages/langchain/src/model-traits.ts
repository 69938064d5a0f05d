import type { BaseMessage } from '@langchain/core/messages';
import type { ModelTraits } from '@latecall/core';

/**
 * What a model takes. Models that want a thinking block or a signature on each call (Claude with manual thinking, Gemini)
 * refuse calls that they did not make themselves. No model of LangChain has calls that stay open.
 */
export function traitsOf(model: unknown, messages: readonly BaseMessage[]): ModelTraits {
  const { model: id = '', modelName = '', thinking } = (model ?? {}) as Record<string, unknown>;
  const name = `${typeOf(model)} ${id} ${modelName}`;
  const signs =
    /google|gemini|vertex/i.test(name) || (/anthropic|claude/i.test(name) && thinksByHand(thinking, messages));
  return { late: signs ? 'envelope' : 'append' };
}

function typeOf(model: unknown): string {
  const { _llmType: llmType } = (model ?? {}) as { _llmType?: unknown };
  return typeof llmType === 'function' ? String(llmType.call(model)) : '';
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
