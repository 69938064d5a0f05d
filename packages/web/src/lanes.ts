import PQueue from 'p-queue';

/** Lets work on the same thing go one after the other, in the order in which it came. */
export interface Lanes {
  /** Resolves when the work is done. @throws what the work throws. */
  run(key: string, work: () => Promise<void>): Promise<void>;
}

export function createLanes(): Lanes {
  const queues = new Map<string, PQueue>();
  const open = (key: string) => {
    const queue = new PQueue({ concurrency: 1 });
    queue.on('idle', () => queues.delete(key));
    queues.set(key, queue);
    return queue;
  };
  return { run: (key, work) => (queues.get(key) ?? open(key)).add(work) };
}
