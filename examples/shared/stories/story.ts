// What the stories have in common: each is told once, and played on both hosts and on every store. What they import from
// @latecall/ai-sdk, @latecall/langchain exports as well.
import type { AuditSink, LatecallTasks, Policy, Scope, TaskStore } from '@latecall/ai-sdk';
import type { FakeClock, ScriptedModel, StrictServer } from '@latecall/testing';
import type { Outside } from './outside.ts';

/** A story, as it is played on each host. */
export interface Story {
  readonly 'ai-sdk': (stage: Stage) => Promise<void>;
  readonly langchain: (stage: Stage) => Promise<void>;
}

/** What a story is played with. */
export interface Stage {
  /** Empty, and of no one else. */
  readonly store: TaskStore;
  /** One line for the reader. */
  readonly print: Print;
  /** A local stand-in for OpenAI that refuses what OpenAI refuses; closed when the story is over. */
  readonly startModel: (model: ScriptedModel) => Promise<StrictServer>;
}

/** Who did it, and what. */
export type Print = (who: string, what: string) => void;

/** What a story gives the app of either host; each app takes what it needs. */
export interface Setup {
  readonly store: TaskStore;
  readonly print: Print;
  /** Of the model. */
  readonly baseURL: string;
  /** Where work is dispatched to. */
  readonly outside: Outside;
  readonly clock?: FakeClock;
  readonly policy?: Policy;
  readonly audit?: AuditSink;
}

/** The app of either host: its Latecall, its tools, and a way to talk to it. */
export interface App<TOOLS> {
  readonly later: LatecallTasks<TOOLS>;
  readonly tools: TOOLS;
  readonly openChat: (scope: Scope) => Chat;
}

/** One conversation, with its history. */
export interface Chat {
  /** The user says something, and the agent runs. Gives its answer; '' if the run pauses. */
  say(text: string): Promise<string>;
  /** The agent runs on the history as it is, as when somebody wakes it. */
  goOn(): Promise<string>;
}
