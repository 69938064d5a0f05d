import type { MessageContent } from '@langchain/core/messages';
import { type Outcome, type Showing, tell } from '@latecall/core';
import type { AnyAsyncTool } from './async-tool.ts';
import { parseInput } from './parse-input.ts';
import { placeholderText } from './placeholder-message.ts';

/** What a tool message says. */
export interface Shown {
  readonly content: MessageContent;
  readonly status: 'success' | 'error';
}

/** An outcome in the words of core. */
export function tellResult({ outcome, stale }: { outcome: Outcome; stale?: boolean | undefined }): Shown {
  const telling = tell({ outcome, stale });
  if (telling.kind === 'error') return { content: telling.text, status: 'error' };
  return { content: asText(telling.value), status: 'success' };
}

/** What core wants a prompt to show for a call. Results are worded by the tool's own `toModelOutput`; errors, and results marked as stale, are not. */
export async function showResult(showing: Showing, tool: AnyAsyncTool | undefined): Promise<Shown> {
  const { handle, callId, arguments: input, outcome, stale } = showing;
  if (outcome === undefined) return { content: placeholderText(handle), status: 'success' };
  const toModelOutput = tool?.asyncFunction.toModelOutput;
  if (outcome.status !== 'completed' || stale === true || toModelOutput === undefined) {
    return tellResult({ outcome, stale });
  }
  const parsed = await parseInput(tool?.schema, input);
  const content = await toModelOutput({ toolCallId: callId, input: parsed, output: outcome.result });
  return { content, status: 'success' };
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
