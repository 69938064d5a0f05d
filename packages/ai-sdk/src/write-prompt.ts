import type { PromptPlan, Showing } from '@latecall/core';
import type { ToolSet } from 'ai';
import { RESPONSE_KIND, withoutCargo } from './carrier.ts';
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
  const dropped = new Set(plan.drop.map(position));
  const rewritten = new Map(plan.rewrite.map((entry) => [position(entry), entry.show]));
  const inserted = new Map(plan.insert.map(({ before, results }) => [before, results]));
  const written: PromptMessage[] = [];

  for (const [index, message] of prompt.entries()) {
    written.push(...(await writeInserted(inserted.get(index) ?? [], show)));
    written.push(...(await writeMessage({ message, index, dropped, rewritten, show })));
    written.push(...(await writeFilled(plan, index, show)));
  }
  written.push(...(await writeInserted(inserted.get(prompt.length) ?? [], show)));
  return joinToolMessages(written);
}

async function writeMessage(input: {
  message: PromptMessage;
  index: number;
  dropped: ReadonlySet<string>;
  rewritten: ReadonlyMap<string, Showing>;
  show: Show;
}): Promise<PromptMessage[]> {
  const { message, index, dropped, rewritten, show } = input;
  const clean = withoutCargo(message);
  switch (clean.role) {
    case 'system':
      return [clean];
    case 'user':
      return [{ ...clean, content: clean.content.map(withoutCargo) }];
    case 'assistant': {
      const content = clean.content.filter((part) => !isConsumption(part)).map(withoutCargo);
      return content.length === 0 && clean.content.length > 0 ? [] : [{ ...clean, content }];
    }
    case 'tool': {
      const content = await Promise.all(
        clean.content.map(async (part, at) => {
          const showing = rewritten.get(position({ message: index, part: at }));
          if (part.type !== 'tool-result' || showing === undefined) return withoutCargo(part);
          return withoutCargo({ ...part, output: await show(showing) });
        }),
      );
      const kept = content.filter((_, at) => !dropped.has(position({ message: index, part: at })));
      return kept.length === 0 ? [] : [{ ...clean, content: kept }];
    }
    default:
      return clean satisfies never;
  }
}

/** Answers of calls that have none in the history. */
async function writeFilled(plan: PromptPlan, message: number, show: Show): Promise<PromptMessage[]> {
  const filled = plan.fill.filter((entry) => entry.message === message);
  if (filled.length === 0) return [];
  const content = filled.map(async ({ show: showing }) => ({
    type: 'tool-result' as const,
    toolCallId: showing.callId,
    toolName: showing.toolName,
    output: await show(showing),
  }));
  return [{ role: 'tool', content: await Promise.all(content) }];
}

function isConsumption(part: { type: string; kind?: string }): boolean {
  return part.type === 'custom' && part.kind === RESPONSE_KIND;
}

/** The AI SDK joins neighbouring tool messages before it calls a model; so do we, after inserting some. */
function joinToolMessages(messages: readonly PromptMessage[]): Prompt {
  const joined: PromptMessage[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (message.role === 'tool' && last?.role === 'tool') {
      joined[joined.length - 1] = { ...last, content: [...last.content, ...message.content] };
    } else joined.push(message);
  }
  return joined;
}

function position({ message, part }: { message: number; part: number }): string {
  return `${message}:${part}`;
}
