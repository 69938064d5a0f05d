// The same story without Latecall: an ordinary tool that returns the receipt, since that is all there is at the time.
import { generateText, isStepCount, tool } from 'ai';
import { serve } from '../shared/serve.ts';
import { question, type Story, videoInput, weather } from './story.ts';

export async function withoutLatecall({ watched, outside, tell }: Story) {
  const missed: unknown[] = [];
  const allPosted = Promise.withResolvers<void>();
  let ordered = 0;

  const callbackRoute = await serve(async (request) => {
    missed.push(await request.json());
    tell('outside', 'posts', JSON.stringify(missed.at(-1)));
    tell('app', 'ignores it', 'the answer went out long ago');
    if (missed.length === ordered) allPosted.resolve();
    return new Response(null, { status: 202 });
  });

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
