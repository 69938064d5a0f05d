// The app: takes a user's message, saves it, and runs the agent for it. Messages that a dead app has left without an
// answer are answered at the start.
import { z } from 'zod';
import { serve } from '../shared/serve.ts';
import { report, reportError } from './parent.ts';
import { history, runAgent, takeUp } from './run-agent.ts';

const bodySchema = z.object({ thread: z.string(), text: z.string() });

const { origin } = await serve(async (request) => {
  const { thread, text } = bodySchema.parse(await request.json());
  const { length } = history.messages(thread);
  history.append([{ role: 'user', content: text }], { thread, length, by: 'app' });
  runAgent({ thread }, 'app').catch(reportError);
  return new Response(null, { status: 202 }); // the reply is announced when it is there
});
report({ type: 'ready', origin });
await takeUp('app');
