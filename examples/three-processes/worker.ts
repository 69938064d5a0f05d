// The worker: runs the agent when results are in, whatever process has taken them.
import { createThreadRunner } from '@latecall/ai-sdk';
import { store, takeOverAfter } from './latecall.ts';
import { pass, report, reportError } from './parent.ts';
import { runAgent, takeUp } from './run-agent.ts';

// For the store a result is done with when a model was told of it. Whether the reply was saved, only the app's own
// history knows: a run that died in between is found there.
await takeUp('worker');

const runner = createThreadRunner({
  store,
  takeOverAfter,
  retryAfter: '100ms',
  run: async (scope) => {
    pass('woken', scope.thread);
    await runAgent(scope, 'worker');
  },
  onError: reportError,
});
await runner.start();
report({ type: 'ready' });
