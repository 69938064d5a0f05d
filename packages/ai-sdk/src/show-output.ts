import { placeholder, type Showing, tell } from '@latecall/core';
import type { ToolSet } from 'ai';
import { isAsyncTool, resultOutput } from './async-tool.ts';
import type { Prompt, ToolOutput } from './host-types.ts';

/** Words what core wants a prompt to show for a call. */
export type Show = (showing: Showing) => Promise<ToolOutput>;

/** Results are worded by the tool's own `toModelOutput`; errors, and results marked as stale, are not. */
export function createShow(prompt: Prompt, tools: ToolSet): Show {
  let inputs: ReadonlyMap<string, unknown> | undefined; // most results bring their own
  const inputOf = (callId: string) => {
    inputs ??= inputsByCall(prompt);
    return inputs.get(callId);
  };
  return async ({ toolName, handle, callId, arguments: args, outcome, stale }) => {
    if (outcome === undefined) return { type: 'json', value: placeholder(handle) as JsonOutput };
    const telling = tell({ outcome, stale });
    if (telling.kind === 'error') return { type: 'error-text', value: telling.text };
    const tool: unknown = Object.hasOwn(tools, toolName) ? tools[toolName] : undefined;
    const asyncFunction = stale !== true && isAsyncTool(tool) ? tool.asyncFunction : undefined;
    const input = args ?? inputOf(callId);
    return resultOutput({ asyncFunction, toolCallId: callId, input, result: telling.value });
  };
}

type JsonOutput = Extract<ToolOutput, { type: 'json' }>['value'];

function inputsByCall(prompt: Prompt): Map<string, unknown> {
  const calls = prompt.flatMap((message) => (message.role === 'assistant' ? message.content : []));
  return new Map(calls.flatMap((part) => (part.type === 'tool-call' ? [[part.toolCallId, part.input] as const] : [])));
}
