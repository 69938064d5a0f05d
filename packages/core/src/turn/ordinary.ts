import type { Scope } from '../base/scope.ts';
import type { Runtime } from '../runtime.ts';
import type { ToolDefinitions } from '../settle/settle.ts';
import type { PromptPlan } from './plan-prompt.ts';
import type { Transcript } from './transcript.ts';

/**
 * `true` if Latecall has nothing to do with a model call: no async tools, nothing of ours in the messages, and nothing
 * in the store that a model is to be told, by this tool set or by another one.
 */
export async function isOrdinary(input: {
  runtime: Runtime;
  tools: ToolDefinitions;
  scope: Scope;
  transcript: Transcript;
}): Promise<boolean> {
  const { runtime, tools, scope, transcript } = input;
  if (tools.size > 0 || transcript.isPlain?.() !== true) return false;
  return (await runtime.store.list(scope, { consumed: false })).length === 0;
}

/** The prompt is what the messages say. */
export const ordinaryPlan: PromptPlan = { rewrite: [], fill: [], drop: [], insert: [] };
