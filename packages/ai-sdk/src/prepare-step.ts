import { neverDispatched, placeholder, type TaskRecord } from '@latecall/core';
import type { ModelMessage } from 'ai';
import type { Binding } from './binding.ts';
import type { AssistantMessage, ToolMessage, ToolOutput } from './host-types.ts';
import { handlesIn } from './messages.ts';
import { resumeInterrupted } from './resume-interrupted.ts';

/**
 * Puts a result behind every open call of an async tool, since the host refuses a prompt with a call that has none:
 * the placeholder where the store knows the dispatch, else the truth that there was none. A dispatch that a dead run
 * left half done is taken up again first. Calls that wait for an approval are the host's affair. The same array if
 * nothing is missing.
 */
export async function fillOpenCalls(
  binding: Binding,
  messages: ModelMessage[],
  toolsContext: unknown,
): Promise<ModelMessage[]> {
  const open = openCalls(binding, messages);
  if (open.size === 0) return messages;
  const callIds = [...open.values()].flatMap((calls) => calls.map(({ toolCallId }) => toolCallId));
  const answered = handlesIn(messages); // by other calls, where a provider uses a call id again in a later turn
  const listed = await binding.runtime.store.list(binding.scope, { callIds });
  const known = listed.filter(({ handle }) => !answered.has(handle));
  const tasks = await Promise.all(known.map((task) => resumeInterrupted(binding, task, toolsContext)));
  return messages.flatMap((message, index) => {
    const calls = open.get(index);
    return calls === undefined
      ? [message]
      : [message, { role: 'tool', content: calls.map((call) => fill(call, tasks)) }];
  });
}

type Call = Extract<Exclude<AssistantMessage['content'], string>[number], { type: 'tool-call' }>;

function openCalls(binding: Binding, messages: readonly ModelMessage[]): Map<number, Call[]> {
  const answered = new Set<string>();
  const open = new Map<number, Call[]>();
  if (binding.definitions.size === 0) return open;
  // From the end: an id may be used again by a later call, whose result must not answer this one.
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const message = messages[index];
    if (message?.role === 'tool') {
      for (const part of message.content) if (part.type === 'tool-result') answered.add(part.toolCallId);
    }
    if (message?.role !== 'assistant' || typeof message.content === 'string') continue;
    const waiting = new Set(
      message.content.flatMap((part) => (part.type === 'tool-approval-request' ? [part.toolCallId] : [])),
    );
    const calls = message.content.filter(
      (part): part is Call =>
        part.type === 'tool-call' &&
        part.providerExecuted !== true &&
        binding.definitions.has(part.toolName) &&
        !waiting.has(part.toolCallId) &&
        !answered.delete(part.toolCallId),
    );
    if (calls.length > 0) open.set(index, calls);
  }
  return open;
}

function fill({ toolCallId, toolName }: Call, tasks: readonly TaskRecord[]): ToolMessage['content'][number] {
  const task = tasks.findLast((candidate) => candidate.toolName === toolName && candidate.callIds.includes(toolCallId));
  return { type: 'tool-result', toolCallId, toolName, output: outputOf(task) };
}

const notDispatched = 'Not dispatched: the run ended before this call was started. Call again if it is still wanted.';

function outputOf(task: TaskRecord | undefined): ToolOutput {
  if (task === undefined) return { type: 'error-text', value: notDispatched };
  const { settlement } = task;
  if (neverDispatched(task) && settlement?.status === 'failed') {
    return { type: 'error-text', value: settlement.error.message };
  }
  return { type: 'json', value: placeholder(task.handle) as never };
}
