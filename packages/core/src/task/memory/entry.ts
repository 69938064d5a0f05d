import type { TaskRecord } from '../task.ts';

/** A task of a memory store. Its record is replaced with every change; the entry stays for as long as the task is kept. */
export interface Entry {
  task: TaskRecord;
  /** Where it sits among the deadlines, while it does. */
  seat: number | undefined;
  /** The task that had the same id before it, in another scope. */
  older: Entry | undefined;
}
