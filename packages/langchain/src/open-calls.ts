import { type BaseMessage, type ToolCall, ToolMessage } from '@langchain/core/messages';
import { LatecallError, neverDispatched, resumeDispatch, type Scope, type TaskRecord } from '@latecall/core';
import type { Binding } from './binding.ts';
import { dispatchableBy } from './dispatchable.ts';
import type { HostConfig } from './host-config.ts';
import { handlesIn } from './messages.ts';
import { placeholderText } from './placeholder-message.ts';
import { callsOf } from './stamp-of.ts';

/**
 * Puts an answer behind every open call of an async tool, since no provider takes a call without one: the placeholder
 * where the store knows the dispatch, else the truth that there was none. A dispatch that a dead run left half done is
 * taken up again first. The same array if nothing is missing.
 */
export async function fillOpenCalls(input: {
  binding: Binding;
  scope: Scope;
  messages: readonly BaseMessage[];
  host: HostConfig;
}): Promise<readonly BaseMessage[]> {
  const { binding, scope, messages, host } = input;
  const open = openCalls(binding, messages);
  if (open.size === 0) return messages;
  const callIds = [...open.values()].flatMap((calls) => calls.map(({ id = '' }) => id));
  const answered = handlesIn(messages); // by other calls, where a provider uses a call id again in a later turn
  const known = (await binding.runtime.store.list(scope, { callIds })).filter(({ handle }) => !answered.has(handle));
  const tasks = await Promise.all(known.map((task) => resumeInterrupted(binding, task, host)));
  return messages.flatMap((message, index) => [message, ...(open.get(index) ?? []).map((call) => fill(call, tasks))]);
}

/** The calls that no tool message answers, by the index of the message that answers belong behind. */
function openCalls({ tools }: Binding, messages: readonly BaseMessage[]): Map<number, ToolCall[]> {
  const answered = new Set<string>();
  const open = new Map<number, ToolCall[]>();
  if (tools.size === 0) return open;
  let lastAnswer: number | undefined;
  // From the end: an id may be used again by a later call, whose result must not answer this one.
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const message = messages[index];
    if (message === undefined) continue;
    if (message.type === 'tool') {
      answered.add((message as ToolMessage).tool_call_id);
      lastAnswer ??= index;
      continue;
    }
    const calls = callsOf(message).filter(({ id = '', name }) => !answered.delete(id) && tools.has(name));
    if (calls.length > 0) open.set(lastAnswer ?? index, calls);
    lastAnswer = undefined;
  }
  return open;
}

function fill({ id = '', name }: ToolCall, tasks: readonly TaskRecord[]): ToolMessage {
  const task = tasks.findLast((candidate) => candidate.toolName === name && candidate.callIds.includes(id));
  const failure = task === undefined ? notDispatched : failureOf(task);
  const said = failure === undefined ? placeholderText(task?.handle ?? '') : failure;
  return new ToolMessage({
    content: said,
    tool_call_id: id,
    name,
    status: failure === undefined ? 'success' : 'error',
  });
}

const notDispatched = 'Not dispatched: the run ended before this call was started. Call again if it is still wanted.';

function failureOf(task: TaskRecord): string | undefined {
  const { settlement } = task;
  return neverDispatched(task) && settlement?.status === 'failed' ? settlement.error.message : undefined;
}

/** The task as it is after the attempt: dispatched, or failed with the reason. */
async function resumeInterrupted(binding: Binding, task: TaskRecord, config: HostConfig): Promise<TaskRecord> {
  const { runtime, tools } = binding;
  const tool = tools.get(task.toolName);
  if (task.phase !== 'dispatching' || tool === undefined) return task;
  const definition = dispatchableBy({ binding, tool, toolCallId: task.callIds.at(-1) ?? '', config });
  try {
    return await resumeDispatch({ runtime, definition, task });
  } catch (error) {
    if (!LatecallError.isInstance(error)) throw error;
    return (await runtime.store.get(task)) ?? task;
  }
}
