import { LatecallError, resumeDispatch, type TaskRecord } from '@latecall/core';
import { isAsyncTool } from './async-tool.ts';
import type { Binding } from './binding.ts';
import { withHostContext } from './host-dispatch.ts';

/**
 * Takes up a dispatch that a dead or aborted run left without a receipt. The task as it is then: dispatched, or failed
 * with the reason.
 */
export async function resumeInterrupted(
  { runtime, tools }: Binding,
  task: TaskRecord,
  toolsContext: unknown,
): Promise<TaskRecord> {
  const tool: unknown = Object.hasOwn(tools, task.toolName) ? tools[task.toolName] : undefined;
  if (task.phase !== 'dispatching' || !isAsyncTool(tool)) return task;
  const toolCallId = task.callIds.at(-1) ?? '';
  const definition = withHostContext(tool.asyncFunction, { toolCallId, context: entryOf(toolsContext, task.toolName) });
  try {
    return await resumeDispatch({ runtime, definition, task });
  } catch (error) {
    if (!LatecallError.isInstance(error)) throw error;
    return (await runtime.store.get(task)) ?? task;
  }
}

function entryOf(toolsContext: unknown, toolName: string): unknown {
  return typeof toolsContext === 'object' && toolsContext !== null && Object.hasOwn(toolsContext, toolName)
    ? (toolsContext as Record<string, unknown>)[toolName]
    : undefined;
}
