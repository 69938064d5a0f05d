import type { TaskRecord } from '../task/task.ts';
import type { TaskCall } from './bind-calls.ts';

/** What the model at hand takes; the host finds out. */
export interface ModelTraits {
  /** Calls that its provider marked may stay open in a prompt. @default false */
  readonly openCalls?: boolean;
  /** How `auto` brings a result that comes too late for its placeholder. @default 'append' */
  readonly late?: 'append' | 'envelope';
}

/**
 * Is a pending call shown without any answer? Only if the provider marked it, the model takes it, and no model was ever
 * sent a placeholder for it: that one would stay (law 13).
 */
export function isLeftOpen({ native, task }: TaskCall, { openCalls = false }: ModelTraits): boolean {
  return openCalls && native && task.placeholderSentAt === undefined;
}

/** The same for a call that only the provider holds. A late result of an expired task has no call: that one was answered. */
export function answersOpenCall({ placeholderSentAt, sequelOf }: TaskRecord): boolean {
  return placeholderSentAt === undefined && sequelOf === undefined;
}
