/**
 * What LangGraph tells of the run at hand, the same in a node's config, a tool's config and a middleware's runtime.
 * Everything is missing in a hand-written loop.
 */
export interface HostConfig {
  /** `thread_id` and what else the app or LangGraph put there. */
  // biome-ignore lint/suspicious/noExplicitAny: as LangChain types it
  readonly configurable?: Record<string, any> | undefined;
  readonly context?: unknown;
  /** Writes to the stream mode `custom`. One function for each run. */
  readonly writer?: ((chunk: unknown) => void) | undefined;
  /** Pauses the run until somebody resumes it. Needs a checkpointer. */
  readonly interrupt?: ((value: unknown) => unknown) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The names of the graph nodes around this run, outermost first, each with the id of its task: `tools:6f1…`. */
export function nodesAround({ configurable }: HostConfig): string[] {
  const namespace: unknown = configurable?.checkpoint_ns;
  return typeof namespace === 'string' ? namespace.split('|').slice(0, -1) : [];
}

/** `true` if somebody above this run reads its end as an answer. */
export function isNested(host: HostConfig): boolean {
  return nodesAround(host).length > 0;
}

/** `true` if the run can be interrupted and resumed, and its state is kept. */
export function hasCheckpointer({ configurable }: HostConfig): boolean {
  // The only place where LangGraph shows it; checked by the tests of nested agents with and without one.
  return typeof configurable?.__pregel_checkpointer === 'object' && configurable.__pregel_checkpointer !== null;
}
