import type { TaskRecord } from '@latecall/core';
import { isToolUIPart, type UIMessage, type UIMessageChunk } from 'ai';
import { ASYNC_FUNCTION_DATA } from './async-function-data.ts';
import { findUITasks } from './find-ui-tasks.ts';
import { toldOutput } from './told-output.ts';
import type { UITasks } from './ui-conversation.ts';

/** The chunks that bring a call in the message up to date: its output, if a model was told one, and its data part. */
export function showTask(tasks: UITasks, task: TaskRecord, toolCallId: string): UIMessageChunk[] {
  const told = toldOutput(task);
  const data = dataChunk(tasks, task, toolCallId);
  if (told === undefined) return [data];
  return told.state === 'output-available'
    ? [{ type: 'tool-output-available', toolCallId, output: told.output }, data]
    : [{ type: 'tool-output-error', toolCallId, errorText: told.errorText }, data];
}

/** The data part alone, for a call that is not in the message. */
export function dataChunk(tasks: UITasks, task: TaskRecord, toolCallId: string): UIMessageChunk {
  return { type: ASYNC_FUNCTION_DATA, id: task.handle, data: tasks.dataOf(task, toolCallId) };
}

/** Puts a call of the message's last step back into the state in which it waits, whatever a client made of it. */
export function inputAvailable(task: TaskRecord, toolCallId: string, dynamic = false): UIMessageChunk {
  const { toolName, arguments: input } = task;
  return { type: 'tool-input-available', toolCallId, toolName, input, ...(dynamic ? { dynamic } : {}) };
}

/**
 * The chunks that tell a client the truth about the calls for which a run paused. A client that has filled in an output
 * by itself would else find its last step complete and send it again, for ever.
 */
export async function showPaused(tasks: UITasks, message: Pick<UIMessage, 'parts'>): Promise<UIMessageChunk[]> {
  const { ofTool } = await findUITasks(tasks, [message]);
  const lastStep = message.parts.findLastIndex(({ type }) => type === 'step-start');
  return message.parts.slice(lastStep + 1).flatMap((part) => {
    const task = ofTool(part);
    if (task === undefined || !isToolUIPart(part)) return [];
    const waits = toldOutput(task) === undefined;
    const restored = waits ? [inputAvailable(task, part.toolCallId, part.type === 'dynamic-tool')] : [];
    return [...restored, ...showTask(tasks, task, part.toolCallId)];
  });
}
