import { type AsyncFunctionData, asyncFunctionData, type Clock, type TaskRecord } from '@latecall/core';
import type { ToolSet } from 'ai';
import { publicReceipt } from './public-receipt.ts';

/** The type of the part that stands beside the tool part of a dispatched call. Its id is the task's handle. */
export const ASYNC_FUNCTION_DATA = 'data-async-function';

/** The data parts of a chat with async tools: `UIMessage<unknown, AsyncFunctionDataParts>`. */
export type AsyncFunctionDataParts = { 'async-function': AsyncFunctionData };

/** What a task's data part says at this moment. */
export function dataOf(input: {
  task: TaskRecord;
  toolCallId: string;
  tools: ToolSet;
  clock: Pick<Clock, 'now'>;
}): AsyncFunctionData {
  const { tools, ...shown } = input;
  return asyncFunctionData({ ...shown, receipt: publicReceipt(tools, input.task) });
}
