// The worker: runs the agent when results are in, whatever process has taken them.
import { createLocalResumer, createThreadRunner, type Resumer, type TaskStore } from '@latecall/ai-sdk';
import { createAgent } from './agent.ts';
import type { History } from './history.ts';
import { takeOverAfter } from './latecall.ts';
import { pass, report, reportError } from './parent.ts';

/** @param setup.resumer Carries the wakes. Without one, the worker wakes itself when it hears of results from the store. */
export async function startWorker(setup: { store: TaskStore; history: History; resumer?: Resumer }): Promise<void> {
  const { store, history, resumer = createLocalResumer() } = setup;
  const agent = createAgent({ store, history, by: 'worker' });

  // For the store a result is done with when a model was told of it. Whether the reply was saved, only the app's own
  // history knows: a run that died in between is found there.
  await agent.announceSaved();
  for (const thread of await agent.unanswered()) await agent.run({ thread });

  const runner = createThreadRunner({
    store,
    resumer,
    takeOverAfter,
    retryAfter: '100ms',
    run: async (scope) => {
      pass('woken', scope.thread);
      await agent.run(scope);
    },
    onError: reportError,
  });
  await runner.start();
  report({ type: 'ready' });
}
