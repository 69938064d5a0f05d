import { BaseChatModel, type BaseChatModelCallOptions } from '@langchain/core/language_models/chat_models';
import { AIMessage, type BaseMessage, type ToolMessage } from '@langchain/core/messages';
import type { ChatResult } from '@langchain/core/outputs';
import type { Json } from '@latecall/core';
import type { ViewMessage } from '../prompt-view.ts';
import type { Ask } from './loop.ts';

/** The oracle as a chat model of LangChain. */
export class OracleChatModel extends BaseChatModel {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    super({ maxRetries: 0 });
    this.#ask = ask;
  }

  override _llmType(): string {
    return 'oracle';
  }

  /** It knows what it may call. */
  override bindTools(): this {
    return this;
  }

  override async _generate(
    messages: BaseMessage[],
    { signal }: this['ParsedCallOptions'] & BaseChatModelCallOptions,
  ): Promise<ChatResult> {
    const { calls, text } = await this.#ask(messages.map(viewOf), signal);
    const message = new AIMessage({
      content: text,
      tool_calls: calls.map(({ id, name, args }) => ({ type: 'tool_call', id, name, args })),
    });
    return { generations: [{ text, message }] };
  }
}

function viewOf(message: BaseMessage): ViewMessage {
  const view = { text: message.text, calls: [], results: [] };
  switch (message.type) {
    case 'system':
      return { ...view, role: 'system' };
    case 'ai':
      return {
        ...view,
        role: 'assistant',
        calls: ((message as AIMessage).tool_calls ?? []).map(({ id = '', name, args }) => ({ id, name, args })),
      };
    case 'tool': {
      const { tool_call_id: callId, status } = message as ToolMessage;
      return { ...view, role: 'tool', results: [{ callId, value: parse(message.text), failed: status === 'error' }] };
    }
    default:
      return { ...view, role: 'user' };
  }
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
