import { LatecallError } from '../base/latecall-error.ts';
import type { TaskRecord } from '../task/task.ts';

/** Thrown instead of pausing where a run must not end without the results it waits for. */
export class PendingError extends LatecallError {
  /** The ids of the tasks that the run waits for. The message has their handles: a model may come to read it. */
  readonly ids: readonly string[];
  constructor({ tasks, advice }: { tasks: readonly Pick<TaskRecord, 'id' | 'handle'>[]; advice: string }) {
    const handles = tasks.map(({ handle }) => `"${handle}"`).join(', ');
    super({ code: 'pending', message: `The run cannot go on: no result has come for ${handles}. ${advice}` });
    this.ids = tasks.map(({ id }) => id);
  }
}
