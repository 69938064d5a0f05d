import { LatecallError, PendingError, requestOf, type Scope, type TaskRecord } from '@latecall/core';
import type { Binding } from './binding.ts';
import { type HostConfig, hasCheckpointer, isNested } from './host-config.ts';
import { REQUESTS } from './messages.ts';

/** Ends the run; or brings what somebody resumed it with. */
export type Waited = { readonly type: 'end' } | { readonly type: 'resumed'; readonly value: unknown };

/**
 * What a run does that cannot go on: ends, or is interrupted with the requests it waits for. Never an end that somebody
 * above would read as an answer.
 *
 * @throws {PendingError} where it may not end, and cannot be interrupted.
 */
export async function waitFor(input: {
  binding: Binding;
  scope: Scope;
  host: HostConfig;
  open: readonly TaskRecord[];
}): Promise<Waited> {
  const { binding, host, open } = input;
  const { strict, runtime } = binding;
  if (open.length === 0) return { type: 'end' }; // nothing to wait for, and nothing new to say
  if (strict) throw new PendingError({ tasks: open, advice: 'Bring their responses, or leave out strict.' });
  if (interrupts(binding, host)) {
    if (host.interrupt === undefined || !canInterrupt(host)) throw noCheckpointer();
    const requests = await Promise.all(open.map((task) => requestOf(runtime, task, task.callIds.at(-1) ?? '')));
    return { type: 'resumed', value: host.interrupt({ type: REQUESTS, requests }) };
  }
  if (isNested(host)) throw new PendingError({ tasks: open, advice: nestedAdvice });
  return { type: 'end' };
}

const nestedAdvice =
  'The agent around this one would read its end as an answer: compile the outermost graph with a checkpointer, so that this run can be interrupted, or make the tool that runs this agent an asyncTool. Calling it again would only start the work again.';

/** `true` for a run that is interrupted when it has to wait, rather than ended. */
export function interrupts({ whilePending }: Binding, host: HostConfig): boolean {
  if (whilePending === 'auto') return isNested(host) && canInterrupt(host);
  return whilePending === 'interrupt';
}

function canInterrupt(host: HostConfig): boolean {
  return host.interrupt !== undefined && hasCheckpointer(host);
}

/** @throws {LatecallError} `no_checkpointer` for a run that could not be interrupted if it came to that. */
export function checkCheckpointer({ whilePending }: Binding, host: HostConfig): void {
  if (whilePending === 'interrupt' && !canInterrupt(host)) throw noCheckpointer();
}

function noCheckpointer(): LatecallError {
  return new LatecallError({
    code: 'no_checkpointer',
    message:
      'whilePending is "interrupt", but this run cannot be interrupted: LangGraph needs a checkpointer for that. Give the agent one, or leave out whilePending.',
  });
}
