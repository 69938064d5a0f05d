// The callback receiver: where the outside world posts results. It has no model and no history; storing the result is
// all it does, and the worker hears of it from the store.
import { createCallbackRoute } from '@latecall/web';
import { serve } from '../shared/serve.ts';
import { later, tools } from './latecall.ts';
import { report, reportError } from './parent.ts';

const { handler } = createCallbackRoute({ later, tools, onError: reportError });
const { origin } = await serve(handler);
report({ type: 'ready', origin });
