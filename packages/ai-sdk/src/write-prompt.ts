import type { PromptPlan, Showing } from '@latecall/core';
import type { ToolSet } from 'ai';
import { cleanMessage } from './clean-message.ts';
import type { Prompt, PromptMessage } from './host-types.ts';
import { createShow, type Show } from './show-output.ts';
import { writeInserted } from './write-inserted.ts';

/**
 * Carries out core's plan: the prompt as the provider gets it, valid and with nothing of ours in it. The messages that
 * were given are not changed (law 8).
 */
export async function writePrompt(input: { prompt: Prompt; plan: PromptPlan; tools: ToolSet }): Promise<Prompt> {
  const { prompt, plan, tools } = input;
  const show = createShow(prompt, tools);
  const changed = await writeChanged(prompt, plan, show);
  const filled = await writeFilled(plan, show);
  const inserted = new Map<number, readonly PromptMessage[]>();
  for (const { before, results } of plan.insert) inserted.set(before, await writeInserted(results, show));

  const written: PromptMessage[] = [];
  const write = (message: PromptMessage) => append(written, message);
  // forEach, for a prompt may be long: an iterator over entries makes an array for each of them.
  prompt.forEach((message, index) => {
    inserted.get(index)?.forEach(write);
    const whole = changed.has(index) ? changed.get(index) : message;
    const clean = whole === undefined ? undefined : cleanMessage(whole);
    if (clean !== undefined) write(clean);
    filled.get(index)?.forEach(write);
  });
  inserted.get(prompt.length)?.forEach(write);
  return written;
}

/** What becomes of a result: other words, or nothing. */
type Change = Showing | 'dropped';

/** By message and part. */
function changesOf({ rewrite, drop }: PromptPlan): ReadonlyMap<number, ReadonlyMap<number, Change>> {
  const changes = new Map<number, Map<number, Change>>();
  const put = (message: number, part: number, changed: Change) => {
    const parts = changes.get(message) ?? new Map<number, Change>();
    changes.set(message, parts.set(part, changed));
  };
  for (const { message, part, show } of rewrite) put(message, part, show);
  for (const { message, part } of drop) put(message, part, 'dropped');
  return changes;
}

/** By index; `undefined` if nothing is left of a message. */
async function writeChanged(
  prompt: Prompt,
  plan: PromptPlan,
  show: Show,
): Promise<ReadonlyMap<number, PromptMessage | undefined>> {
  const written = new Map<number, PromptMessage | undefined>();
  for (const [index, changes] of changesOf(plan)) {
    const message = prompt[index];
    if (message !== undefined) written.set(index, await change(message, changes, show));
  }
  return written;
}

async function change(
  message: PromptMessage,
  changes: ReadonlyMap<number, Change>,
  show: Show,
): Promise<PromptMessage | undefined> {
  if (message.role !== 'tool') return message;
  const content = message.content.map(async (part, at) => {
    const changed = changes.get(at);
    if (changed === undefined || changed === 'dropped' || part.type !== 'tool-result') return part;
    return { ...part, output: await show(changed) };
  });
  const kept = (await Promise.all(content)).filter((_, at) => changes.get(at) !== 'dropped');
  return kept.length === 0 ? undefined : { ...message, content: kept };
}

/** Answers of calls that have none in the history, by the message with the calls. */
async function writeFilled({ fill }: PromptPlan, show: Show): Promise<ReadonlyMap<number, readonly PromptMessage[]>> {
  const written = new Map<number, PromptMessage[]>();
  for (const { message, show: showing } of fill) {
    const { callId: toolCallId, toolName } = showing;
    const answer = { type: 'tool-result' as const, toolCallId, toolName, output: await show(showing) };
    written.set(message, [...(written.get(message) ?? []), { role: 'tool', content: [answer] }]);
  }
  return written;
}

/** The AI SDK joins neighbouring tool messages before it calls a model; so do we, after inserting some. */
function append(written: PromptMessage[], message: PromptMessage): void {
  const last = written.at(-1);
  if (message.role === 'tool' && last?.role === 'tool') {
    written[written.length - 1] = { ...last, content: [...last.content, ...message.content] };
  } else written.push(message);
}
