import { type Json, type TaskRecord, toJson } from '@latecall/core';
import type { ToolSet } from 'ai';
import { isAsyncTool } from '../async-tool.ts';

/** What the tool shows of the task's receipt; `undefined` if it shows nothing, which is the default. */
export function publicReceipt(tools: ToolSet, { toolName, dispatchResult, handle }: TaskRecord): Json | undefined {
  const tool: unknown = Object.hasOwn(tools, toolName) ? tools[toolName] : undefined;
  if (dispatchResult === undefined || !isAsyncTool(tool)) return undefined;
  const { publicReceipt: show } = tool.asyncFunction;
  return show === undefined ? undefined : toJson(show(dispatchResult), `The public receipt of "${handle}"`);
}
