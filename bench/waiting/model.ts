import { MockLanguageModelV4 } from 'ai/test';

type GenerateResult = Awaited<ReturnType<MockLanguageModelV4['doGenerate']>>;
type Prompt = Parameters<MockLanguageModelV4['doGenerate']>[0]['prompt'];

/** What a run of a model has cost. */
export interface Spent {
  turns: number;
  tokens: number;
}

/** Roughly what providers count: four characters of the prompt. */
function tokensOf(prompt: Prompt): number {
  return Math.ceil(JSON.stringify(prompt.map(({ content }) => content)).length / 4);
}

/**
 * A model that starts a job, and asks for its status for as long as it reads that it is not done, if it has a tool for
 * that. It ends when it has read the result.
 */
export function waitingModel(spent: Spent): MockLanguageModelV4 {
  return new MockLanguageModelV4({
    doGenerate: async ({ prompt, tools = [] }): Promise<GenerateResult> => {
      spent.turns += 1;
      spent.tokens += tokensOf(prompt);
      const toolCallId = `call_${spent.turns}`;
      const last = prompt.at(-1);
      const polls = tools.some((tool) => tool.name === 'check_status');
      const call =
        last?.role === 'user'
          ? { toolName: 'start_job', input: '{}' }
          : polls && !isDone(prompt)
            ? { toolName: 'check_status', input: '{"jobId":"job_1"}' }
            : undefined;
      return {
        content:
          call === undefined
            ? [{ type: 'text', text: isDone(prompt) ? 'Done.' : 'I do not know.' }]
            : [{ type: 'tool-call', toolCallId, ...call }],
        finishReason: { unified: call === undefined ? 'stop' : 'tool-calls', raw: undefined },
        usage: {
          inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
          outputTokens: { total: 1, text: 1, reasoning: 0 },
        },
        warnings: [],
      };
    },
  });
}

export const jobResult = { done: true };

function isDone(prompt: Prompt): boolean {
  return JSON.stringify(prompt).includes('"done":true');
}
