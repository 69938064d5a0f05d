import {
  type AsyncFunctionData,
  asyncFunctionData,
  type Json,
  type Scope,
  type TaskRecord,
  toJson,
  withLateResult,
} from '@latecall/core';
import { type Binding, memoryOf } from './binding.ts';
import type { HostConfig } from './host-config.ts';

/**
 * What a run writes to the stream mode `custom` when a call is dispatched and when its outcome is in. One id for all that
 * concerns one call, so that `@ai-sdk/langchain` makes one `data-async-function` part of it and brings that up to date.
 */
export type AsyncFunctionEvent = AsyncFunctionData & {
  type: 'async-function';
  /** The task's handle. */
  id: string;
};

/** `true` for an event of Latecall among those of the stream mode `custom`. */
export function isAsyncFunctionEvent(event: unknown): event is AsyncFunctionEvent {
  return typeof event === 'object' && event !== null && 'type' in event && event.type === 'async-function';
}

/**
 * Says in the run's stream how a task stands, unless it has said so before. Without a stream it says nothing. Never
 * throws: an event that cannot be written, as when a reader has left, is no reason to lose a dispatch or an answer.
 */
export async function reportTask(report: Parameters<typeof writeTask>[0]): Promise<void> {
  try {
    await writeTask(report);
  } catch {}
}

async function writeTask(input: {
  binding: Binding;
  scope: Scope;
  id: string;
  toolCallId?: string;
  host: HostConfig;
}): Promise<void> {
  const { binding, scope, id, toolCallId, host } = input;
  if (host.writer === undefined) return;
  const { store } = binding.runtime;
  const reported = await store.get({ scope, id });
  if (reported === undefined) return;
  const task = await withLateResult(store, reported);
  const event = eventOf({ binding, task, toolCallId: toolCallId ?? task.callIds[0] ?? '' });
  const { said } = memoryOf(binding, host.writer);
  const text = JSON.stringify(event);
  if (said.get(task.id) === text) return;
  said.set(task.id, text);
  host.writer(event);
}

function eventOf({ binding, task, toolCallId }: { binding: Binding; task: TaskRecord; toolCallId: string }) {
  const data = asyncFunctionData({
    task,
    toolCallId,
    receipt: publicReceipt(binding, task),
    clock: binding.runtime.clock,
  });
  return { type: 'async-function', id: task.handle, ...data } satisfies AsyncFunctionEvent;
}

/** What cannot be shown is not shown. */
function publicReceipt({ tools }: Binding, { toolName, dispatchResult, handle }: TaskRecord): Json | undefined {
  const show = tools.get(toolName)?.asyncFunction.publicReceipt;
  if (show === undefined || dispatchResult === undefined) return undefined;
  try {
    return toJson(show(dispatchResult), `The public receipt of "${handle}"`);
  } catch {
    return undefined;
  }
}
