import type { LatecallTasks } from '@latecall/core';

/**
 * What the routes need of a Latecall. The one that `createLatecall` of either adapter makes fits as it is.
 *
 * @typeParam TOOLS How its host holds tools: an object for the AI SDK, a list for LangChain.
 */
export type LatecallLike<TOOLS> = Pick<
  LatecallTasks<TOOLS>,
  'store' | 'settle' | 'report' | 'answer' | 'cancel' | 'pending' | 'findByToken'
>;
