import {
  type Json,
  type Runtime,
  type TaskQuery,
  type TaskQueryReceipt,
  taskQueryDescription,
  taskQuerySchema,
  taskQueryTool,
} from '@latecall/core';
import { AsyncTool } from './async-tool.ts';

/** The tool with which a model asks about its own dispatched calls. See `Latecall.taskQuery`. */
export type TaskQueryTool<NAME extends string = 'check_tasks'> = AsyncTool<
  NAME,
  typeof taskQuerySchema,
  Json,
  TaskQueryReceipt
>;

/** Core's tool as one of LangChain. */
export function taskQuery<const NAME extends string>(
  { store }: Pick<Runtime, 'store'>,
  name: NAME,
): TaskQueryTool<NAME> {
  const { dispatch, ...definition } = taskQueryTool(store);
  return new AsyncTool({
    name,
    description: taskQueryDescription,
    schema: taskQuerySchema,
    asyncFunction: { ...definition, dispatch: (input, context) => dispatch(input as TaskQuery, context) },
  });
}
