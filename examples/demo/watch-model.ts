// Shows every call of the model: what is new in its prompt, as the provider gets it, and what it does. An ordinary
// middleware of the AI SDK around the model itself, so it sees what is sent and knows nothing of Latecall.
import { type LanguageModelMiddleware, wrapLanguageModel } from 'ai';
import type { Model } from './model.ts';
import type { Tell } from './terminal.ts';

type WrapGenerate = NonNullable<LanguageModelMiddleware['wrapGenerate']>;
type Prompt = Parameters<WrapGenerate>[0]['params']['prompt'];

export interface WatchedModel {
  readonly model: ReturnType<typeof wrapLanguageModel>;
  /** How often it was called so far, by this process. */
  readonly calls: number;
}

/** @param nextNumber Numbers the calls, where they count beyond this process. */
export function watchModel(watching: { model: Model; tell: Tell; nextNumber?: () => number }): WatchedModel {
  const { model, tell, nextNumber } = watching;
  let calls = 0;
  const wrapGenerate: WrapGenerate = async ({ doGenerate, params }) => {
    calls += 1;
    tell('model', `call ${nextNumber?.() ?? calls}`, ...newParts(params.prompt));
    const result = await doGenerate();
    const { content } = result;
    const asked = content.flatMap((part) => (part.type === 'tool-call' ? [`${part.toolName} ${part.input}`] : []));
    const said = content.flatMap((part) => (part.type === 'text' ? part.text.split('\n') : []));
    if (said.length > 0) tell('model', 'says', ...said);
    if (asked.length > 0) tell('model', 'asks for', ...asked);
    return result;
  };
  const watched = wrapLanguageModel({ model, middleware: { specificationVersion: 'v4', wrapGenerate } });
  return {
    model: watched,
    get calls() {
      return calls;
    },
  };
}

/** What stands behind the model's own last words. */
function newParts(prompt: Prompt): string[] {
  const spoken = prompt.findLastIndex(({ role }) => role === 'assistant');
  return prompt.slice(spoken + 1).flatMap((message): string[] => {
    switch (message.role) {
      case 'user':
        return message.content.flatMap((part) => (part.type === 'text' ? ['is sent the question'] : []));
      case 'tool':
        return message.content.flatMap((part) => {
          if (part.type !== 'tool-result') return [];
          return [`is sent ${part.toolName}: ${'value' in part.output ? JSON.stringify(part.output.value) : ''}`];
        });
      default:
        return [];
    }
  });
}
