// The same story without Latecall: an ordinary tool that returns the receipt, since that is all there is at the time.
import { generateText, isStepCount, tool } from 'ai';
import { serve } from '../shared/serve.ts';
import { question, type Story, videoInput, weather } from './story.ts';

export async function withoutLatecall({ watched, outside, tell }: Story) {
  const allPosted = Promise.withResolvers<void>();
  let ordered = 0;
  let missed = 0;

  const callbackRoute = await serve(async (request) => {
    const { status, result } = (await request.json()) as { status: string; result: unknown }; // see outside-world.ts
    tell('outside', 'posts', `${status} ${JSON.stringify(result)}`);
    tell('app', 'ignores it', 'the answer went out long ago');
    missed += 1;
    if (missed === ordered) allPosted.resolve();
    return new Response(null, { status: 202 });
  });

  outside.postTo(callbackRoute.origin);

  const renderVideo = tool({
    description: 'Render a video',
    inputSchema: videoInput,
    execute: async ({ kind }, { toolCallId }) => {
      ordered += 1;
      return outside.submit({ key: toolCallId, kind, callback: { url: callbackRoute.origin, token: 'none' } });
    },
  });

  tell('user', 'asks', question);
  const { text } = await generateText({
    model: watched.model,
    tools: { renderVideo, weather },
    stopWhen: isStepCount(20),
    prompt: question,
  });
  if (ordered > 0) await allPosted.promise;
  await callbackRoute.close();
  return { answer: text };
}
