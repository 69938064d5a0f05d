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
  const callIds = [...new Set(parts.filter(isCall).map(({ toolCallId }) => toolCallId))];
  const named = new Set(parts.flatMap(handlesOf));
  let tasks = callIds.length === 0 ? [] : await store.list(scope, { callIds });
  for (const { handle } of tasks) named.delete(handle);
  if (named.size > 0) tasks = await store.list(scope);
  tasks = await Promise.all(tasks.map((task) => (task.sequelOf === undefined ? withLateResult(store, task) : task)));

  const byPart = tasksByPart(tasks, messages);
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

/**
 * Where providers used an id in several turns: a data part in the same message says which task a call is; the other
 * calls and tasks are paired from the end. A call that is still to be approved has none left, if there is not.
 */
function tasksByPart(
  tasks: readonly TaskRecord[],
  messages: readonly Pick<UIMessage, 'parts'>[],
): Map<Part, TaskRecord> {
  const byPart = new Map<Part, TaskRecord>();
  for (const { parts } of messages) nameParts(byPart, tasks, parts);
  const named = new Set(byPart.values());
  const later = new Map<string, number>();
  const calls = messages.flatMap(({ parts }) => parts.filter(isCall)).filter((part) => !byPart.has(part));
  for (const part of calls.toReversed()) {
    const { toolCallId, state } = part;
    const uses = later.get(toolCallId) ?? 0;
    later.set(toolCallId, uses + 1);
    const own = tasks.filter((task) => isOf(task, part));
    const free = own.filter((task) => !named.has(task));
    const undecided = state === 'approval-requested' || state === 'approval-responded';
    const task = free.at(-1 - uses) ?? (undecided ? undefined : own[0]);
    if (task !== undefined) byPart.set(part, task);
  }
  return byPart;
}

/** The calls of one message that its data parts name. */
function nameParts(byPart: Map<Part, TaskRecord>, tasks: readonly TaskRecord[], parts: readonly Part[]): void {
  const handles = new Set(parts.flatMap(handlesOf));
  if (handles.size === 0) return;
  const calls = parts.filter(isCall);
  for (const part of calls) {
    const own = tasks.filter((task) => handles.has(task.handle) && isOf(task, part));
    const [task] = own;
    const alone = calls.filter(({ toolCallId }) => toolCallId === part.toolCallId).length === 1;
    if (task !== undefined && own.length === 1 && alone) byPart.set(part, task);
  }
}

function isCall(part: Part): part is ToolPart {
  return isToolUIPart(part) && part.providerExecuted !== true;
}

function isOf({ toolName, callIds }: TaskRecord, part: ToolPart): boolean {
  return toolName === getToolName(part) && callIds.includes(part.toolCallId);
}

/** The handles by which a data part may be meant: its id, and what its data says. Nothing of it is proved. */
function handlesOf(part: Part): string[] {
  if (!isDataUIPart(part) || part.type !== ASYNC_FUNCTION_DATA) return [];
  const { id, data } = part;
  const said = typeof data === 'object' && data !== null && 'handle' in data ? data.handle : undefined;
  return [id, said].filter((handle) => typeof handle === 'string');
}
