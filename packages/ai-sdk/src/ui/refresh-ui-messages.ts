import { neverDispatched, type TaskRecord } from '@latecall/core';
import { isToolUIPart, type ToolSet, type UIMessage } from 'ai';
import { RESPONSE_KIND } from '../carrier.ts';
import { ASYNC_FUNCTION_DATA } from './async-function-data.ts';
import { findUITasks, type KnownTasks } from './find-ui-tasks.ts';
import { toldOutput } from './told-output.ts';
import { readConversation, type UIConversation, type UITasks } from './ui-conversation.ts';
import { withoutCargoMetadata } from './without-cargo-metadata.ts';

/** A conversation and its messages, as they were persisted or as a client posted them. */
export interface RefreshOptions<UI_MESSAGE extends UIMessage> extends UIConversation<ToolSet> {
  readonly messages: readonly UI_MESSAGE[];
}

/**
 * The messages with what the store knows laid over them: when a chat is loaded, and before `convertToModelMessages`.
 * Pending calls are `input-available`, those that a model was told have their outputs, each with its data part; what a
 * client says otherwise of a dispatched call does not count. Everything else stays as it is, and the messages that are
 * given are not changed.
 *
 * @example
 * const messages = await refreshUIMessages({ messages: posted, later, scope, tools });
 */
export async function refreshUIMessages<UI_MESSAGE extends UIMessage>(
  options: RefreshOptions<UI_MESSAGE>,
): Promise<UI_MESSAGE[]> {
  const { messages, ...conversation } = options;
  const tasks = readConversation(conversation);
  const known = await findUITasks(tasks, messages);
  return messages.map((message) => ({ ...message, parts: refreshParts({ parts: message.parts, tasks, known }) }));
}

type Part = UIMessage['parts'][number];
type ToolPart = Extract<Part, { toolCallId: string }>;

/** Each data part keeps its place; one that is missing comes right behind its tool part. */
function refreshParts(input: { parts: readonly Part[]; tasks: UITasks; known: KnownTasks }): Part[] {
  const { parts, tasks, known } = input;
  const callIds = new Map<string, string>();
  for (const part of parts.filter(isToolUIPart)) {
    const task = known.ofTool(part);
    if (task !== undefined && !callIds.has(task.handle)) callIds.set(task.handle, part.toolCallId);
  }
  // Of several calls that are one piece of work, the data part stays with the one that it was written for.
  for (const part of parts) {
    const task = known.ofData(part);
    const said = saidCallId(part);
    if (task !== undefined && said !== undefined && task.callIds.includes(said)) callIds.set(task.handle, said);
  }
  const written = new Set<string>();
  const dataPart = (task: TaskRecord): Part[] => {
    if (written.has(task.handle)) return [];
    written.add(task.handle);
    const data = tasks.dataOf(task, callIds.get(task.handle) ?? task.callIds[0] ?? '');
    return [{ type: ASYNC_FUNCTION_DATA, id: task.handle, data }];
  };
  const placed = new Set(parts.flatMap((part) => known.ofData(part)?.handle ?? []));
  const lacksData = (task: TaskRecord) => !placed.has(task.handle) && !neverDispatched(task);

  return parts.flatMap((part): Part[] => {
    if (part.type === 'custom' && part.kind === RESPONSE_KIND) return [];
    if (isToolUIPart(part)) {
      const task = known.ofTool(part);
      if (task === undefined) return [withoutCargoMetadata(part)];
      const truth = toolPart(withoutCargoMetadata(part), task);
      return lacksData(task) ? [truth, ...dataPart(task)] : [truth];
    }
    const task = known.ofData(part);
    return task === undefined ? [withoutCargoMetadata(part)] : dataPart(task);
  });
}

/** The call beside which a data part says that it stands; nothing of it is proved. */
function saidCallId(part: Part): string | undefined {
  if (part.type !== ASYNC_FUNCTION_DATA || !('data' in part)) return undefined;
  const { data } = part;
  const said = typeof data === 'object' && data !== null && 'toolCallId' in data ? data.toolCallId : undefined;
  return typeof said === 'string' ? said : undefined;
}

/**
 * The call as the store knows it. An approval is over once the call was dispatched: it must not be answered again; but
 * a dispatch that was broken off is joined by the run that the approval starts.
 */
function toolPart(part: ToolPart, task: TaskRecord): ToolPart {
  if (neverDispatched(task) && part.state === 'output-error') return part; // as the app worded its tool error
  if (task.phase === 'dispatching' && part.state === 'approval-responded') return part;
  const told = toldOutput(task);
  const call = Object.fromEntries(Object.entries(part).filter(([field]) => ofCall.has(field)));
  const input = part.state === 'input-streaming' ? task.arguments : part.input;
  const granted = told !== undefined && part.approval?.approved === true ? { approval: part.approval } : {};
  // The same call in another of its states, with the fields of that state.
  return { ...call, input, ...(told ?? { state: 'input-available' }), ...granted } as ToolPart;
}

/** What a tool part has in all its states. */
const ofCall: ReadonlySet<string> = new Set([
  'type',
  'toolName',
  'dynamic',
  'toolCallId',
  'title',
  'toolMetadata',
  'callProviderMetadata',
]);
