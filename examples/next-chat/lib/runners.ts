// Goes on with conversations when results have come or deadlines have passed, whether a tab is open or not.
import { createThreadRunner } from '@latecall/core';
import { openAuditLog } from './audit.ts';
import { chat } from './chat.ts';
import * as langchain from './langchain/chat.ts';
import { audit, later } from './later.ts';
import { once } from './once.ts';

export function startRunners(): Promise<void> {
  return once('runners', async () => {
    const onError = (error: unknown) => console.error(error);
    const runners = [
      createThreadRunner({ store: later.store, run: chat.run, audit: audit.log.sink, takeOverAfter: '30s', onError }),
      createThreadRunner({
        store: langchain.later.store,
        run: langchain.chat.run,
        audit: openAuditLog('langchain').log.sink,
        takeOverAfter: '30s',
        onError,
      }),
    ];
    for (const runner of runners) await runner.start();
  });
}
