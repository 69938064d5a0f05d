import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { AWAIT_ASYNC_RESULT, envelope, type InsertedResult, tell } from '@latecall/core';
import type { AnyAsyncTool } from './async-tool.ts';
import { showResult } from './show-result.ts';

/**
 * The messages that bring late results into a conversation which has moved on: answers of calls that the provider holds,
 * then synthetic calls with their answers, then fenced user messages.
 */
export async function writeInserted(
  results: readonly InsertedResult[],
  tools: ReadonlyMap<string, AnyAsyncTool>,
): Promise<BaseMessage[]> {
  const by = (as: InsertedResult['as']) => results.filter((result) => result.as === as);
  const [held, appended, enveloped] = [by('native'), by('append'), by('envelope')];
  const answers = (answered: readonly InsertedResult[]) => Promise.all(answered.map((result) => answer(result, tools)));
  return [
    ...(await answers(held)),
    ...(appended.length === 0 ? [] : [new AIMessage({ content: '', tool_calls: appended.map(syntheticCall) })]),
    ...(await answers(appended)),
    ...enveloped.map((result) => new HumanMessage(envelopeOf(result))),
  ];
}

async function answer(result: InsertedResult, tools: ReadonlyMap<string, AnyAsyncTool>): Promise<ToolMessage> {
  const { content, status } = await showResult(result, tools.get(result.toolName));
  const named = result.as === 'append' ? {} : { name: result.toolName }; // the synthetic call has the name already
  return new ToolMessage({ content, status, ...named, tool_call_id: result.answers });
}

function syntheticCall({ answers, handle }: InsertedResult) {
  return { type: 'tool_call' as const, id: answers, name: AWAIT_ASYNC_RESULT, args: { handle } };
}

function envelopeOf({ handle, toolName, outcome, stale }: InsertedResult): string {
  return envelope({ handle, toolName, telling: tell({ outcome, stale }) });
}
