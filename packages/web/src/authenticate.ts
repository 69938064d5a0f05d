import type { TaskRecord } from '@latecall/core';
import type { LatecallLike } from './latecall-like.ts';

/**
 * The task, if the token is one of its own. Reads nothing but the store, so that it comes before the body; the gate
 * asks for the token once more when something is recorded.
 */
export async function authenticate<TOOLS>(attempt: {
  later: LatecallLike<TOOLS>;
  tools: TOOLS;
  id: string;
  token: string | undefined;
}): Promise<TaskRecord | undefined> {
  const { later, tools, id, token } = attempt;
  // No news: the gate asks for the token first, so `invalid` says that it fits. Nothing is recorded.
  const { verdict, task } = await later.report({ id, token, progress: null });
  if (verdict === 'invalid') return task;
  // Nobody can bring `withheld`. The attempt only makes the audit tell of the wrong token.
  if (verdict === 'unauthorized') await later.settle({ id, token, tools, outcome: { status: 'withheld' } });
  return undefined;
}
