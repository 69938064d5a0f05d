import {
  type AsyncFunctionData,
  type Clock,
  checkScope,
  type Scope,
  systemClock,
  type TaskRecord,
  type TaskStore,
} from '@latecall/core';
import type { ToolSet } from 'ai';
import type { Latecall } from '../create-latecall.ts';
import { dataOf } from './async-function-data.ts';

/** Which conversation a UI shows: what `wrap` was given. */
export interface UIConversation<TOOLS extends ToolSet = ToolSet> {
  readonly later: Pick<Latecall, 'store'>;
  readonly scope: Scope;
  readonly tools: TOOLS;
  /** Says which deadlines have passed. @default the machine's clock */
  readonly clock?: Pick<Clock, 'now'>;
}

/** A conversation, read for a UI. */
export interface UITasks {
  readonly store: TaskStore;
  readonly scope: Scope;
  readonly tools: ToolSet;
  readonly dataOf: (task: TaskRecord, toolCallId: string) => AsyncFunctionData;
}

/** Fills in what the app left out. */
export function readConversation({ later, scope, tools, clock = systemClock }: UIConversation): UITasks {
  return {
    store: later.store,
    scope: checkScope(scope),
    tools,
    dataOf: (task, toolCallId) => dataOf({ task, toolCallId, tools, clock }),
  };
}
