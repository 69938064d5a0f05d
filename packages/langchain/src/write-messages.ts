import { type AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages';
import type { OpenTurn, Showing } from '@latecall/core';
import type { AnyAsyncTool } from './async-tool.ts';
import { isLoaded, isOurs, LATECALL, unstamped } from './carrier.ts';
import { copyOf, defined } from './copy-of.ts';
import { showResult } from './show-result.ts';
import { callsOf } from './stamp-of.ts';
import { writeInserted } from './write-inserted.ts';

/**
 * Carries out core's plan: the prompt as the model gets it, valid and with nothing of ours in it. The messages that were
 * given are not changed (law 8).
 */
export async function writeMessages(input: {
  messages: readonly BaseMessage[];
  turn: Pick<OpenTurn, 'plan' | 'tells'>;
  tools: ReadonlyMap<string, AnyAsyncTool>;
}): Promise<BaseMessage[]> {
  const { messages, turn, tools } = input;
  const { plan, tells } = turn;
  const overruled = (message: BaseMessage, { id }: Showing) => isCleared(message) && !tells.has(id);
  const dropped = new Set(plan.drop.map(({ message }) => message));
  const rewritten = new Map(plan.rewrite.map(({ message, show }) => [message, show]));
  const inserted = new Map(plan.insert.map(({ before, results }) => [before, results]));
  const filled = new Set(plan.fill.map(({ message }) => message));
  const written: BaseMessage[] = [];

  for (const [index, message] of messages.entries()) {
    const results = inserted.get(index);
    if (results !== undefined) written.push(...(await writeInserted(results, tools)));
    const show = rewritten.get(index);
    const shown = show !== undefined && overruled(message, show) ? undefined : show;
    if (!dropped.has(index)) written.push(shown === undefined ? plain(message) : await rewrite(message, shown, tools));
    const answers = filled.has(index) ? plan.fill.filter((entry) => entry.message === index) : [];
    for (const { show } of answers) written.push(await answer(show, tools));
  }
  written.push(...(await writeInserted(inserted.get(messages.length) ?? [], tools)));
  return written;
}

/** The message without anything of ours; the same one if there was nothing. */
function plain(message: BaseMessage): BaseMessage {
  if (message.type !== 'tool') return isLoaded(message) ? unloaded(message as AIMessage) : message;
  const { id, tool_call_id: callId, name, content, status } = message as ToolMessage;
  if (!isOurs(message as ToolMessage)) return message;
  return new ToolMessage({ ...defined({ id, name, status }), content, tool_call_id: callId });
}

async function rewrite(
  message: BaseMessage,
  show: Showing,
  tools: ReadonlyMap<string, AnyAsyncTool>,
): Promise<BaseMessage> {
  if (message.type !== 'tool') return plain(message);
  const { id, tool_call_id: callId, name } = message as ToolMessage;
  return answer(show, tools, { id, callId, name });
}

/** A middleware has cleared the result to save room: that is the app's decision, unless no model has read it yet. */
function isCleared({ response_metadata: metadata }: BaseMessage): boolean {
  return (metadata as { context_editing?: { cleared?: unknown } }).context_editing?.cleared === true;
}

async function answer(
  show: Showing,
  tools: ReadonlyMap<string, AnyAsyncTool>,
  place: { id?: string | undefined; callId?: string; name?: string | undefined } = {},
): Promise<ToolMessage> {
  const { content, status } = await showResult(show, tools.get(show.toolName));
  const { id, callId = show.callId, name = show.toolName } = place;
  return new ToolMessage({ ...defined({ id }), content, status, name, tool_call_id: callId });
}

/** A copy of the model's message as the model wrote it. */
function unloaded(message: AIMessage): AIMessage {
  const { [LATECALL]: _, ...kwargs } = message.additional_kwargs;
  return copyOf(message, { additional_kwargs: kwargs, tool_calls: callsOf(message).map(unstamped) });
}
