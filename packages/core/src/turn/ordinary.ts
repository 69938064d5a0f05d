import type { Scope } from '../base/scope.ts';
import type { Runtime } from '../runtime.ts';
import type { ToolDefinitions } from '../task/async-tool-definition.ts';
import type { PromptPlan } from './plan-prompt.ts';
import { settleOverdue } from './settle-overdue.ts';
import type { Transcript } from './transcript.ts';

/**
 * `true` if Latecall has nothing to do with the prompt of a model call: nothing of ours in the messages, no calls of
 * async tools, and nothing in the store that a model is to be told, by this tool set or by another one. Whether a model
 * is asked about its own last words, where calls may have been lost with later ones, is no ordinary question.
 */
export async function isOrdinary(input: {
  runtime: Runtime;
  tools: ToolDefinitions;
  scope: Scope;
  transcript: Transcript;
}): Promise<boolean> {
  const { runtime, tools, scope, transcript } = input;
  if (transcript.isPlain?.() !== true) return false;
  if (tools.size > 0 && (hasCallOf(tools, transcript) || endsWithAnswer(transcript))) return false;
  return (await settleOverdue(runtime, tools, scope)).length === 0;
}

function hasCallOf(tools: ToolDefinitions, { messages }: Transcript): boolean {
  return messages.some(({ calls }) => calls.some(({ name }) => tools.has(name)));
}

function endsWithAnswer({ messages }: Transcript): boolean {
  return messages.at(-1)?.role === 'assistant';
}

/** The prompt is what the messages say. */
export const ordinaryPlan: PromptPlan = { rewrite: [], fill: [], drop: [], insert: [] };
