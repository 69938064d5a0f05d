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
  const changes = changesOf(plan);
  const inserted = new Map(plan.insert.map(({ before, results }) => [before, results]));
  const filled = new Set(plan.fill.map(({ message }) => message));
  const written: PromptMessage[] = [];

  for (const [index, message] of prompt.entries()) {
    const results = inserted.get(index);
    if (results !== undefined) append(written, await writeInserted(results, show));
    const changed = changes.get(index);
    const whole = changed === undefined ? message : await change(message, changed, show);
    const clean = whole === undefined ? undefined : cleanMessage(whole);
    if (clean !== undefined) append(written, [clean]);
    if (filled.has(index)) append(written, [await writeFilled(plan, index, show)]);
  }
  append(written, await writeInserted(inserted.get(prompt.length) ?? [], show));
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

/** `undefined` if nothing is left. */
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

/** Answers of calls that have none in the history. */
async function writeFilled(plan: PromptPlan, message: number, show: Show): Promise<PromptMessage> {
  const filled = plan.fill.filter((entry) => entry.message === message);
  const content = filled.map(async ({ show: showing }) => ({
    type: 'tool-result' as const,
    toolCallId: showing.callId,
    toolName: showing.toolName,
    output: await show(showing),
  }));
  return { role: 'tool', content: await Promise.all(content) };
}

/** The AI SDK joins neighbouring tool messages before it calls a model; so do we, after inserting some. */
function append(written: PromptMessage[], messages: readonly PromptMessage[]): void {
  for (const message of messages) {
    const last = written.at(-1);
    if (message.role === 'tool' && last?.role === 'tool') {
      written[written.length - 1] = { ...last, content: [...last.content, ...message.content] };
    } else written.push(message);
  }
}
