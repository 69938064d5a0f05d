import { type Clock, isReady, type Scope, type TaskStore } from '@latecall/core';
import type { ChatNewsHub } from './chat-news.ts';
import type { LiveStreams } from './live-streams.ts';

/** `true` if the store has results that no model was told and that somebody is to be woken for. */
export async function isRunDue(store: Pick<TaskStore, 'list'>, scope: Scope): Promise<boolean> {
  return (await store.list(scope, { consumed: false })).some((task) => isReady(task));
}

/** The stream of the run that goes on, or that begins within the time; `undefined` if there is none. */
export async function awaitRun(input: {
  scope: Scope;
  live: LiveStreams;
  news: ChatNewsHub;
  clock: Clock;
  waitMs: number;
  signal: AbortSignal;
}): Promise<ReadableStream<string> | undefined> {
  const { scope, live, news, clock, waitMs, signal } = input;
  let wake = () => {};
  const begun = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const stop = await news.listen(scope, (told) => told.type === 'run' && told.running && wake());
  const cancelTimer = clock.schedule(() => wake(), waitMs);
  signal.addEventListener('abort', wake, { once: true });
  try {
    const running = await live.join(scope);
    if (running !== undefined || signal.aborted) return running;
    await begun;
    return await live.join(scope);
  } finally {
    cancelTimer();
    signal.removeEventListener('abort', wake);
    await stop();
  }
}
