import { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import type { ChatResult } from '@langchain/core/outputs';
import { MockLanguageModelV4 } from 'ai/test';

type GenerateResult = Awaited<ReturnType<MockLanguageModelV4['doGenerate']>>;
type StreamPart =
  Awaited<ReturnType<MockLanguageModelV4['doStream']>>['stream'] extends ReadableStream<infer PART> ? PART : never;

const usage: GenerateResult['usage'] = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};
const text = 'The answer is short, and always the same.';
let calls = 0;

/** A model that answers at once: with a call of `work` if the user spoke last, else with words. */
export function instantModel(): MockLanguageModelV4 {
  const model = new MockLanguageModelV4({
    doGenerate: async ({ prompt }): Promise<GenerateResult> => {
      model.doGenerateCalls.length = 0; // the mock keeps every call
      if (prompt.at(-1)?.role === 'user') {
        return {
          content: [nextCall()],
          finishReason: { unified: 'tool-calls', raw: 'tool_calls' },
          usage,
          warnings: [],
        };
      }
      return { content: [{ type: 'text', text }], finishReason: { unified: 'stop', raw: 'stop' }, usage, warnings: [] };
    },
    doStream: async ({ prompt }) => {
      model.doStreamCalls.length = 0;
      const parts: StreamPart[] =
        prompt.at(-1)?.role === 'user'
          ? [
              { type: 'stream-start', warnings: [] },
              nextCall(),
              { type: 'finish', finishReason: { unified: 'tool-calls', raw: 'tool_calls' }, usage },
            ]
          : [
              { type: 'stream-start', warnings: [] },
              { type: 'text-start', id: '0' },
              ...text.split(' ').map((delta): StreamPart => ({ type: 'text-delta', id: '0', delta })),
              { type: 'text-end', id: '0' },
              { type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage },
            ];
      return {
        stream: new ReadableStream<StreamPart>({
          start: (controller) => {
            for (const part of parts) controller.enqueue(part);
            controller.close();
          },
        }),
      };
    },
  });
  return model;
}

/** A model that speaks at once. */
export function speakingModel(): MockLanguageModelV4 {
  const model = instantModel();
  const { doGenerate, doStream } = model;
  const asked = <OPTIONS extends { prompt: readonly unknown[] }>(options: OPTIONS) => ({
    ...options,
    prompt: [...options.prompt, { role: 'tool', content: [] }],
  });
  return new MockLanguageModelV4({
    doGenerate: (options) => doGenerate(asked(options) as typeof options),
    doStream: (options) => doStream(asked(options) as typeof options),
  });
}

function nextCall() {
  calls += 1;
  return {
    type: 'tool-call' as const,
    toolCallId: `call_${calls}`,
    toolName: 'work',
    input: JSON.stringify({ amount: calls }),
  };
}

/** The same for LangChain. */
export class InstantChatModel extends BaseChatModel {
  constructor() {
    super({ maxRetries: 0 });
  }

  override _llmType(): string {
    return 'instant';
  }

  override bindTools(): this {
    return this;
  }

  override async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    calls += 1;
    const call = { type: 'tool_call' as const, id: `call_${calls}`, name: 'work', args: { amount: calls } };
    const asks = messages.at(-1)?.type === 'human';
    const message = asks ? new AIMessage({ content: '', tool_calls: [call] }) : new AIMessage(text);
    return { generations: [{ text: asks ? '' : text, message }] };
  }
}
