import { UnknownHandleError } from '../base/handle.ts';
import { type Json, sameJson, toJson } from '../base/json.ts';
import { toOutcome } from '../parts/outcome.ts';
import type { AsyncToolDefinition, DispatchContext } from '../task/async-tool-definition.ts';
import { isTerminal, settlementOf, type TaskRecord } from '../task/task.ts';
import type { TaskStore } from '../task/task-store.ts';
import { findTasks, pickTasks } from './find-tasks.ts';

/** What a model asks about its dispatched calls. */
export interface TaskQuery {
  /** As the model knows them. @default all that are pending */
  readonly handles?: readonly string[];
  /** `any`, `all`: the run waits until one of them, or each, has its result. @default it does not wait */
  readonly waitFor?: 'any' | 'all';
}

/** How a task stands, in the words that a model reads. */
interface TaskAnswer {
  readonly handle: string;
  readonly tool: string;
  readonly status: string;
}

/** The description of the tool, for the model. */
export const taskQueryDescription =
  'Says which of your dispatched calls are pending, and can wait for them. Results are given to you when they arrive, without asking: do not call this in a loop. To wait, set waitFor.';

/** JSON Schema of {@link TaskQuery}. */
export const taskQuerySchema: {
  type: 'object';
  properties: Record<keyof TaskQuery, object>;
  additionalProperties: false;
} = {
  type: 'object',
  properties: {
    handles: {
      type: 'array',
      items: { type: 'string' },
      description: 'The handles of the calls, such as render_video_k3f9. Leave out for all that are pending.',
    },
    waitFor: {
      type: 'string',
      enum: ['any', 'all'],
      description: 'Wait until any, or all, of them have a result. Leave out to only look.',
    },
  },
  additionalProperties: false,
};

/** The receipt of a question about tasks: nobody outside is to answer it. */
export interface TaskQueryReceipt {
  readonly answeredBy: 'latecall';
}

const receipt: TaskQueryReceipt = { answeredBy: 'latecall' };

/** `true` for a request, or its task, that Latecall answers itself: a question of the model about its own calls. */
export function isTaskQuery({ dispatchResult }: { readonly dispatchResult?: Json }): boolean {
  return dispatchResult !== undefined && sameJson(dispatchResult, { ...receipt });
}

/**
 * The async tool with which a model asks about its own dispatched calls, in place of a `check_status` tool: it reads the
 * store, never the transcript, and waits without a turn or a process. Handles that a model has changed are understood,
 * or refused with the valid ones listed.
 */
export function taskQueryTool(
  store: Pick<TaskStore, 'list'>,
): Required<Pick<AsyncToolDefinition<TaskQuery, Json, TaskQueryReceipt>, 'dispatch' | 'resolve' | 'mode'>> {
  return {
    mode: 'suspend',
    dispatch: async ({ handles = [] }, { scope, id }: DispatchContext) => {
      await findTasks({ list: async (...asked) => others(await store.list(...asked), id) }, scope, handles);
      return receipt;
    },
    resolve: (query, tasks) => answerTo(query, others(tasks, query.id)),
  };
}

/** The tasks of a conversation but for questions about tasks. */
function others(tasks: readonly TaskRecord[], id: string): TaskRecord[] {
  const name = tasks.find((task) => task.id === id)?.toolName;
  return tasks.filter(({ toolName, sequelOf }) => toolName !== name && sequelOf === undefined);
}

function answerTo(query: TaskRecord, tasks: readonly TaskRecord[]): Json | undefined {
  const { handles, waitFor } = query.arguments as TaskQuery; // inputSchema has checked it
  const asked =
    handles === undefined ? tasks.filter((task) => wasOpen(task, query)) : stillThere(tasks, handles, query);
  const over = asked.filter(({ status }) => isTerminal(status));
  if (waitFor === 'all' && over.length < asked.length) return undefined;
  if (waitFor === 'any' && over.length === 0 && asked.length > 0) return undefined;
  return toJson({ tasks: asked.map(answerOn) }, 'The state of the tasks');
}

/** What was pending when the model asked. */
function wasOpen({ createdAt, settledAt, consumption }: TaskRecord, query: TaskRecord): boolean {
  return (
    (consumption === undefined || consumption.at > query.createdAt) &&
    createdAt <= query.createdAt &&
    (settledAt === undefined || settledAt >= query.createdAt)
  );
}

/** Those that were meant when the model asked: newer ones change nothing, and some may have been deleted since. */
function stillThere(tasks: readonly TaskRecord[], handles: readonly string[], query: TaskRecord): TaskRecord[] {
  const older = tasks.filter(({ createdAt }) => createdAt <= query.createdAt);
  const found = handles.flatMap((handle) => {
    try {
      return pickTasks(older, [handle]);
    } catch (error) {
      if (UnknownHandleError.isInstance(error)) return [];
      throw error;
    }
  });
  return [...new Set(found)];
}

function answerOn(task: TaskRecord): TaskAnswer {
  const { handle, toolName: tool } = task;
  return { handle, tool, status: statusOf(task) };
}

function statusOf(task: TaskRecord): string {
  const settlement = settlementOf(task);
  if (settlement === undefined) return task.status === 'input_required' ? 'waits for an answer of the user' : 'pending';
  const { status } = task.consumption?.outcome ?? toOutcome(settlement);
  return task.consumption === undefined ? `${status}; you are given it` : `${status}; you were given it`;
}
