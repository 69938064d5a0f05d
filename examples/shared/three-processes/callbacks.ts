// The callback receiver: where the outside world posts results. It has no model and no history; storing the result is
// all it does, and the worker is woken by what is stored.
import type { TaskStore } from '@latecall/ai-sdk';
import { createCallbackRoute } from '@latecall/web';
import { serve } from '../serve.ts';
import { openLatecall, tools } from './latecall.ts';
import { report, reportError } from './parent.ts';

export async function startCallbacks({ store }: { store: TaskStore }): Promise<void> {
  const { handler } = createCallbackRoute({ later: openLatecall(store), tools, onError: reportError });
  const { origin } = await serve(handler);
  report({ type: 'ready', origin });
}
