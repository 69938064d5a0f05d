import { type TaskRecord, withLateResult } from '@latecall/core';
import { getToolName, isDataUIPart, isToolUIPart, type UIMessage } from 'ai';
import { ASYNC_FUNCTION_DATA } from './async-function-data.ts';
import type { UITasks } from './ui-conversation.ts';

type Part = UIMessage['parts'][number];
type ToolPart = Extract<Part, { toolCallId: string }>;

/** Which parts of some messages stand for which tasks. */
export interface KnownTasks {
  /** The dispatch of a tool part's call. */
  readonly ofTool: (part: Part) => TaskRecord | undefined;
  /** The task that a `data-async-function` part speaks of. */
  readonly ofData: (part: Part) => TaskRecord | undefined;
}

/** Asks the store about all calls of the messages at once, and about the rest only if a data part names more. */
export async function findUITasks(
  { store, scope }: UITasks,
  messages: readonly Pick<UIMessage, 'parts'>[],
): Promise<KnownTasks> {
  const parts = messages.flatMap((message): Part[] => message.parts);
  const calls = parts.filter(isToolUIPart).filter(({ providerExecuted }) => providerExecuted !== true);
  const callIds = [...new Set(calls.map(({ toolCallId }) => toolCallId))];
  const named = new Set(parts.flatMap(handlesOf));
  let tasks = callIds.length === 0 ? [] : await store.list(scope, { callIds });
  for (const { handle } of tasks) named.delete(handle);
  if (named.size > 0) tasks = await store.list(scope);
  tasks = await Promise.all(tasks.map((task) => (task.sequelOf === undefined ? withLateResult(store, task) : task)));

  const byPart = tasksByPart(tasks, calls);
  const byHandle = new Map(tasks.map((task) => [task.handle, task]));
  return {
    ofTool: (part) => byPart.get(part),
    ofData: (part) => {
      for (const handle of handlesOf(part)) {
        const task = byHandle.get(handle);
        if (task !== undefined) return task;
      }
      return undefined;
    },
  };
}

/** Where providers used an id in several turns, its tasks and its parts are paired from the end. */
function tasksByPart(tasks: readonly TaskRecord[], calls: readonly ToolPart[]): Map<Part, TaskRecord> {
  const byPart = new Map<Part, TaskRecord>();
  const later = new Map<string, number>();
  for (const part of calls.toReversed()) {
    const { toolCallId } = part;
    const uses = later.get(toolCallId) ?? 0;
    later.set(toolCallId, uses + 1);
    const toolName = getToolName(part);
    const own = tasks.filter((task) => task.toolName === toolName && task.callIds.includes(toolCallId));
    const task = own.at(-1 - uses) ?? own[0];
    if (task !== undefined) byPart.set(part, task);
  }
  return byPart;
}

/** The handles by which a data part may be meant: its id, and what its data says. Nothing of it is proved. */
function handlesOf(part: Part): string[] {
  if (!isDataUIPart(part) || part.type !== ASYNC_FUNCTION_DATA) return [];
  const { id, data } = part;
  const said = typeof data === 'object' && data !== null && 'handle' in data ? data.handle : undefined;
  return [id, said].filter((handle) => typeof handle === 'string');
}
