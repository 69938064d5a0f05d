import {
  type Json,
  type Runtime,
  type TaskQuery,
  type TaskQueryReceipt,
  taskQueryDescription,
  taskQuerySchema,
  taskQueryTool,
} from '@latecall/core';
import { jsonSchema } from 'ai';
import { type AsyncTool, asyncTool } from './async-tool.ts';

/** The tool with which a model asks about its own dispatched calls. See `Latecall.taskQuery`. */
export type TaskQueryTool = AsyncTool<TaskQuery, Json, TaskQueryReceipt, unknown>;

/** Core's tool as one of the AI SDK. */
export function taskQuery({ store }: Pick<Runtime, 'store'>): TaskQueryTool {
  const { resolve, ...definition } = taskQueryTool(store);
  const tool = asyncTool<TaskQuery, Json, TaskQueryReceipt>({
    description: taskQueryDescription,
    inputSchema: jsonSchema<TaskQuery>(taskQuerySchema),
    ...definition,
  });
  return { ...tool, asyncFunction: { ...tool.asyncFunction, resolve } };
}
