import { checkScope, LatecallError, type Scope } from '@latecall/core';
import { type HostConfig, nodesAround } from './host-config.ts';

/** A conversation, or how to find out which one a run belongs to. */
export type ScopeOption = Scope | ((config: HostConfig) => Scope);

/**
 * The conversation of a run: what the app says, else the thread of the run's config. An agent that runs inside a tool of
 * another one has a history of its own there, so it gets a branch of its own; an agent that is a node of a graph shares
 * the graph's.
 *
 * @throws {LatecallError} `invalid_scope` if there is neither.
 */
export function scopeOf(option: ScopeOption | undefined, host: HostConfig): Scope {
  if (typeof option === 'function') return checkScope(option(host));
  if (option !== undefined) return checkScope(option);
  const thread: unknown = host.configurable?.thread_id;
  if (typeof thread !== 'string' || thread === '') {
    throw new LatecallError({
      code: 'invalid_scope',
      message:
        'Which conversation is this? Pass a thread, as in agent.invoke(input, { configurable: { thread_id } }), or give wrap a scope.',
    });
  }
  const around = nodesAround(host);
  const insideTool = around.some((node) => node.startsWith('tools:')); // the name of ToolNode everywhere in LangChain
  return insideTool ? { thread, branch: around.join('|') } : { thread };
}
