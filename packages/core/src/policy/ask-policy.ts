import { type Json, sameJson, toJson } from '../base/json.ts';
import { LatecallError } from '../base/latecall-error.ts';
import type { Runtime } from '../runtime.ts';
import type { TaskRecord } from '../task/task.ts';
import type { PolicyCall, PolicyDecision, PolicyQuestion } from './policy.ts';

/** What the policy decides; `undefined` if it failed, which the audit was told. */
export async function authorize(runtime: Runtime, question: PolicyQuestion): Promise<PolicyDecision | undefined> {
  const { policy } = runtime;
  if (policy.authorize === undefined) return { allow: true };
  return failClosed(runtime, question.task, async () => {
    const decision = await policy.authorize?.(question);
    if (typeof decision === 'boolean') return { allow: decision };
    if (decision?.allow !== true && decision?.allow !== false)
      throw noAnswer('authorize must return true, false or { allow: boolean }.');
    return decision;
  });
}

/** Whether the world is still as it was at the dispatch; `undefined` if the policy failed, which the audit was told. */
export async function isFresh(runtime: Runtime, task: TaskRecord): Promise<boolean | undefined> {
  const { policy } = runtime;
  const { snapshot } = task;
  const { isFresh: ask, snapshot: take } = policy;
  if (ask !== undefined) {
    return failClosed(runtime, task, async () => {
      const fresh: unknown = await ask({ task, snapshot });
      if (typeof fresh !== 'boolean') throw noAnswer('isFresh must return true or false.');
      return fresh;
    });
  }
  if (take === undefined) return true;
  if (snapshot === undefined) return false; // nobody knows: the task was taken over without it
  return failClosed(runtime, task, async () => sameJson(toJson(await take(task), 'The snapshot'), snapshot));
}

/**
 * What the policy wants to remember of a call.
 *
 * @throws what the policy throws, and a LatecallError with code `policy_timeout`.
 */
export async function stateAtDispatch(
  runtime: Runtime,
  call: PolicyCall,
): Promise<Pick<TaskRecord, 'snapshot' | 'permissions'>> {
  const { policy } = runtime;
  const { snapshot: take, permissions: ask } = policy;
  const snapshot = take === undefined ? undefined : await inTime(runtime, async () => take(call));
  const permissions = ask === undefined ? undefined : await inTime(runtime, async () => ask(call));
  return {
    ...(snapshot === undefined ? {} : { snapshot: toJson(snapshot, 'The snapshot') }),
    ...(permissions === undefined ? {} : { permissions: toJson(permissions, 'What permissions returned') }),
  };
}

async function failClosed<ANSWER>(
  runtime: Runtime,
  task: TaskRecord,
  ask: () => ANSWER | Promise<ANSWER>,
): Promise<ANSWER | undefined> {
  try {
    return await inTime(runtime, async () => ask());
  } catch (error) {
    await runtime.report('policy.failed', task, { detail: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}

async function inTime<ANSWER>({ clock, policyTimeoutMs }: Runtime, ask: () => Promise<ANSWER>): Promise<ANSWER> {
  let stop = () => {};
  const tooSlow = new Promise<never>((_, reject) => {
    stop = clock.schedule(() => reject(timeout(policyTimeoutMs)), policyTimeoutMs);
  });
  try {
    return await Promise.race([ask(), tooSlow]);
  } finally {
    stop();
  }
}

function timeout(milliseconds: number): LatecallError {
  return new LatecallError({
    code: 'policy_timeout',
    message: `The policy gave no answer within ${milliseconds} ms. Make it faster, or raise policyTimeout.`,
  });
}

function noAnswer(message: string): LatecallError {
  return new LatecallError({ code: 'policy_without_answer', message });
}

/** A JSON view of a decision for the audit: what was permitted then, and what is now. */
export function permissionsOf(
  task: TaskRecord,
  decision: PolicyDecision,
): { readonly permissions?: { readonly atDispatch: Json; readonly now: Json } } {
  const { permissions: atDispatch = null } = task;
  const { permissions: now = null } = decision;
  return atDispatch === null && now === null ? {} : { permissions: { atDispatch, now } };
}
