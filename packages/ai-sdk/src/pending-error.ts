import { LatecallError, type TaskRecord } from '@latecall/core';

/** Thrown instead of pausing where `strict` or `nested` is set. */
export class PendingError extends LatecallError {
  /** The ids of the tasks that the run waits for. The message has their handles: a model may come to read it. */
  readonly ids: readonly string[];
  constructor({ tasks, nested }: { tasks: readonly Pick<TaskRecord, 'id' | 'handle'>[]; nested: boolean }) {
    const handles = tasks.map(({ handle }) => `"${handle}"`).join(', ');
    const advice = nested
      ? 'The agent around this one would read its end as an answer: make the tool that runs this agent an asyncTool.'
      : 'Add their responses to the messages, or leave out strict to let the run pause.';
    super({ code: 'pending', message: `The run cannot go on: no result has come for ${handles}. ${advice}` });
    this.ids = tasks.map(({ id }) => id);
  }
}
