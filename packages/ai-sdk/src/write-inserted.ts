import { AWAIT_ASYNC_RESULT, envelope, type InsertedResult, tell } from '@latecall/core';
import type { PromptMessage, PromptToolResult } from './host-types.ts';
import type { Show } from './show-output.ts';

/**
 * The messages that bring late results into a conversation which has moved on: answers of open calls, then synthetic
 * calls with their answers, then fenced user messages.
 */
export async function writeInserted(results: readonly InsertedResult[], show: Show): Promise<PromptMessage[]> {
  const by = (as: InsertedResult['as']) => results.filter((result) => result.as === as);
  const [native, appended, enveloped] = [by('native'), by('append'), by('envelope')];
  const messages: PromptMessage[] = [];
  if (native.length > 0) messages.push({ role: 'tool', content: await answersOf(native, show) });
  if (appended.length > 0) {
    messages.push({ role: 'assistant', content: appended.map(syntheticCall) });
    messages.push({ role: 'tool', content: await answersOf(appended, show) });
  }
  for (const result of enveloped)
    messages.push({ role: 'user', content: [{ type: 'text', text: envelopeOf(result) }] });
  return messages;
}

function answersOf(results: readonly InsertedResult[], show: Show): Promise<PromptToolResult[]> {
  return Promise.all(
    results.map(async (result) => ({
      type: 'tool-result' as const,
      toolCallId: result.answers,
      toolName: result.as === 'append' ? AWAIT_ASYNC_RESULT : result.toolName,
      output: await show(result),
    })),
  );
}

function syntheticCall({ answers, handle }: InsertedResult) {
  return {
    type: 'tool-call' as const,
    toolCallId: answers,
    toolName: AWAIT_ASYNC_RESULT,
    input: { handle },
  };
}

function envelopeOf({ handle, toolName, outcome, stale }: InsertedResult): string {
  return envelope({ handle, toolName, telling: tell({ outcome, stale }) });
}
