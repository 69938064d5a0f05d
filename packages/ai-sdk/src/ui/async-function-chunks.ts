import { isAsyncFunctionRequest, parseConsumption, type TaskRecord, withLateResult } from '@latecall/core';
import { getToolName, isToolUIPart, type UIMessage, type UIMessageChunk } from 'ai';
import { isAsyncTool } from '../async-tool.ts';
import { LATECALL, RESPONSE_KIND } from '../carrier.ts';
import { dataChunk, inputAvailable, showPaused, showTask } from './show-task.ts';
import type { UITasks } from './ui-conversation.ts';
import { withoutCargoMetadata } from './without-cargo-metadata.ts';

type Chunk<TYPE extends UIMessageChunk['type']> = Extract<UIMessageChunk, { type: TYPE }>;

/**
 * Turns what a run says of dispatched calls into what people may see: no requests and receipts, but data parts; no
 * consumptions, but the outputs that they stand for.
 *
 * @param continued The message that the run continues.
 */
export function asyncFunctionChunks(
  tasks: UITasks,
  continued: Pick<UIMessage, 'parts'> = { parts: [] },
): TransformStream<UIMessageChunk, UIMessageChunk> {
  const before = continued.parts.filter(isToolUIPart);
  const toolNames = new Map(before.map((part) => [part.toolCallId, getToolName(part)]));
  const made = new Set<string>();
  let paused = true;

  const showResult = async (chunk: Chunk<'tool-output-available'>): Promise<UIMessageChunk[]> => {
    const { toolCallId, output, dynamic } = chunk;
    const toolName = toolNames.get(toolCallId);
    const isRequest = isAsyncFunctionRequest(output);
    const isOurs = toolName !== undefined && isAsyncTool(own(tasks.tools, toolName));
    if (!isRequest && !isOurs) return [withoutCargoMetadata(chunk)];
    const task = await findTask(tasks, chunk, toolName);
    if (task === undefined) return isRequest && isOurs ? [] : [withoutCargoMetadata(chunk)];
    // A call that ran after an approval must not look as if the approval had still to be sent: the client would send it.
    const restored = made.has(toolCallId) ? [] : [inputAvailable(task, toolCallId, dynamic)];
    return [...restored, ...showTask(tasks, task, toolCallId)];
  };

  const showConsumption = async (chunk: Chunk<'custom'>): Promise<UIMessageChunk[]> => {
    const id = consumedId(chunk);
    const consumed = id === undefined ? undefined : await tasks.store.get({ scope: tasks.scope, id });
    if (consumed === undefined) return [];
    const task = await withLateResult(tasks.store, consumed);
    const here = task.callIds.filter((callId) => toolNames.has(callId)); // several, if later calls joined the first
    if (here.length === 0) return [dataChunk(tasks, task, task.callIds[0] ?? '')];
    return here.flatMap((callId) => showTask(tasks, task, callId));
  };

  const change = (chunk: UIMessageChunk): UIMessageChunk[] | Promise<UIMessageChunk[]> => {
    switch (chunk.type) {
      case 'tool-input-start':
      case 'tool-input-available':
      case 'tool-input-error':
        toolNames.set(chunk.toolCallId, chunk.toolName);
        made.add(chunk.toolCallId);
        return [withoutCargoMetadata(chunk)];
      case 'tool-output-available':
        return showResult(chunk);
      case 'custom':
        return chunk.kind === RESPONSE_KIND ? showConsumption(chunk) : [withoutCargoMetadata(chunk)];
      default:
        return [withoutCargoMetadata(chunk)];
    }
  };

  return new TransformStream({
    transform: async (chunk, controller) => {
      if (chunk.type === 'finish' && paused) {
        for (const truth of await showPaused(tasks, continued)) controller.enqueue(truth);
      }
      paused &&= isFrame(chunk);
      for (const changed of await change(chunk)) controller.enqueue(changed);
    },
  });
}

/** A chunk that says nothing by itself. */
function isFrame({ type }: UIMessageChunk): boolean {
  return type === 'start' || type === 'start-step' || type === 'finish-step' || type === 'message-metadata';
}

async function findTask(
  { store, scope }: UITasks,
  { output, toolCallId }: Chunk<'tool-output-available'>,
  toolName: string | undefined,
): Promise<TaskRecord | undefined> {
  if (isAsyncFunctionRequest(output)) return store.get({ scope, id: output.id });
  const tasks = await store.list(scope, { callIds: [toolCallId] });
  return tasks.findLast((task) => task.toolName === toolName);
}

function consumedId({ providerMetadata }: Chunk<'custom'>): string | undefined {
  try {
    return parseConsumption(providerMetadata?.[LATECALL]?.consumption).response.id;
  } catch {
    return undefined;
  }
}

function own(tools: UITasks['tools'], name: string): unknown {
  return Object.hasOwn(tools, name) ? tools[name] : undefined;
}
