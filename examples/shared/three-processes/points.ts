// What happens in one conversation, in this order, and in which process. Each is a point to be killed at.

export const points = {
  created: { in: 'app', words: 'the model wants a video: the task is recorded, nobody outside knows of it' },
  dispatched: { in: 'app', words: 'the outside world has the order; its receipt is not stored' },
  'dispatch result stored': { in: 'app', words: 'the receipt is' },
  'request emitted': { in: 'app', words: 'the run ends with the video pending; the history does not say so' },
  settled: { in: 'callbacks', words: 'the result is stored; the outside world has no answer' },
  woken: { in: 'worker', words: 'the conversation has something to tell' },
  claimed: { in: 'worker', words: 'this run, and no other, tells it' },
  'model called': { in: 'worker', words: 'the model has been sent the result' },
  consumed: { in: 'worker', words: 'it is recorded that the model was told; its reply is nowhere' },
  'reply saved': { in: 'worker', words: 'the reply is in the history; nobody has heard of it' },
} as const;

export type Point = keyof typeof points;

/** The three processes. */
export type Role = (typeof points)[Point]['in'];
