// What the scripted models of the examples read: they decide from what was sent over the wire, like a real model.
import type { ModelView, ViewToolResult } from '@latecall/testing';

/** All tool results that the model is sent, in order. */
export function toolResults(view: ModelView): ViewToolResult[] {
  return view.messages.flatMap((message) => message.toolResults);
}

/** The results of one tool, quoted word for word. */
export function quote(view: ModelView, toolName: string): string {
  return toolResults(view)
    .filter(({ name }) => name === toolName)
    .map(({ output }) => JSON.stringify(output))
    .join(' and ');
}

/** What the user said last. */
export function lastUserText(view: ModelView): string {
  return view.messages.findLast(({ role }) => role === 'user')?.texts.join(' ') ?? '';
}

/** The whole conversation as the model reads it, one line a message part. */
export function asLines(view: ModelView): string[] {
  return view.messages.flatMap(({ role, texts, toolCalls: calls, toolResults: results }) => [
    ...texts.map((text) => `${role.padEnd(9)} ${text}`),
    ...calls.map(({ name, arguments: input }) => `${role.padEnd(9)} calls ${name} ${JSON.stringify(input)}`),
    ...results.map(({ name, output }) => `${role.padEnd(9)} ${name}: ${JSON.stringify(output)}`),
  ]);
}
