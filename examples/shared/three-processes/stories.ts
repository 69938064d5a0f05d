import type { Point } from './points.ts';

/** One conversation with one kill, and what it costs. */
export interface Story {
  readonly killAt?: Point;
  /** The result comes in while the process is dead. Else it comes in when the agent waits for it. */
  readonly resultMeanwhile?: boolean;
  /** One to ask for the video and one to answer; one more if a run has to be made again. */
  readonly modelCalls: number;
  /** Two if the app cannot know whether the outside world has the order. It is one piece of work all the same. */
  readonly orders: number;
}

export const withoutKill: Story = { modelCalls: 2, orders: 1 };

export const withKill: readonly Story[] = [
  { killAt: 'created', modelCalls: 3, orders: 1 },
  { killAt: 'dispatched', modelCalls: 3, orders: 2 },
  { killAt: 'dispatch result stored', modelCalls: 3, orders: 1 },
  { killAt: 'request emitted', modelCalls: 3, orders: 1 },
  // When the app takes up the user's message, the result is there, and its call is in no history.
  { killAt: 'dispatched', resultMeanwhile: true, modelCalls: 2, orders: 1 },
  { killAt: 'dispatch result stored', resultMeanwhile: true, modelCalls: 2, orders: 1 },
  { killAt: 'request emitted', resultMeanwhile: true, modelCalls: 2, orders: 1 },
  { killAt: 'settled', modelCalls: 2, orders: 1 },
  { killAt: 'woken', modelCalls: 2, orders: 1 },
  // The dead run's claim keeps others out for a while (`takeOverAfter`).
  { killAt: 'claimed', modelCalls: 2, orders: 1 },
  { killAt: 'model called', modelCalls: 3, orders: 1 },
  // The result counts as told, but the reply is lost: the model is asked again, and shown it in the same place.
  { killAt: 'consumed', modelCalls: 3, orders: 1 },
  { killAt: 'reply saved', modelCalls: 2, orders: 1 },
];
