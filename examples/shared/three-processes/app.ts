// The app: takes a user's message, saves it, and runs the agent for it. Messages that a dead app has left without an
// answer are answered at the start.
import type { TaskStore } from '@latecall/ai-sdk';
import { z } from 'zod';
import { serve } from '../serve.ts';
import { createAgent } from './agent.ts';
import type { History } from './history.ts';
import { report, reportError } from './parent.ts';

const bodySchema = z.object({ thread: z.string(), text: z.string() });

export async function startApp({ store, history }: { store: TaskStore; history: History }): Promise<void> {
  const agent = createAgent({ store, history, by: 'app' });
  await agent.announceSaved();
  const leftBehind = await agent.unanswered(); // read before there are new messages: each is answered once

  const { origin } = await serve(async (request) => {
    const { thread, text } = bodySchema.parse(await request.json());
    const { length } = await history.messages(thread);
    await history.append([{ role: 'user', content: text }], { thread, length, by: 'app' });
    agent.run({ thread }).catch(reportError);
    return new Response(null, { status: 202 }); // the reply is announced when it is there
  });
  report({ type: 'ready', origin });
  for (const thread of leftBehind) await agent.run({ thread });
}
