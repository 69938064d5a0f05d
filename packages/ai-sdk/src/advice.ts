import type { Binding } from './binding.ts';

/** What to do about a `PendingError`. */
export function adviceFor({ nested }: Pick<Binding, 'nested'>): string {
  return nested
    ? 'The agent around this one would read its end as an answer: make the tool that runs this agent an asyncTool.'
    : 'Add their responses to the messages, or leave out strict to let the run pause.';
}
