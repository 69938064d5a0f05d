import { asyncTool, createLatecall } from '@latecall/ai-sdk';
import { createCallbackRoute } from '@latecall/web';
import { generateText, isStepCount } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { z } from 'zod';
import { alternate, type Comparison } from '../lib/alternate.ts';

const times = 100;

/** Callbacks taken by our route beside a handler that parses the body and answers: how many times dearer one is. */
export async function compareCallbacks(rounds: number): Promise<Comparison> {
  const later = createLatecall({ callbackUrl: 'https://app.example/callback' });
  const posts: (() => Request)[] = [];
  const tools = {
    work: asyncTool({
      inputSchema: z.object({ amount: z.number() }),
      resultSchema: z.object({ url: z.string() }),
      dispatch: async (_input, { callback }) => {
        const { url = '', token = '' } = callback ?? {};
        posts.push(() => post(url, token));
        return { jobId: 'job_1' };
      },
    }),
  };
  const wanted = times * (rounds + 2);
  for (let thread = 0; posts.length < wanted; thread++) {
    const agent = later.wrap({
      model: callingModel(50),
      tools,
      scope: { thread: `thread-${thread}` },
      stopWhen: isStepCount(1),
    });
    await generateText({ ...agent, prompt: 'Begin.' });
  }
  const { POST } = createCallbackRoute({ later, tools });
  let at = 0;
  return alternate(
    {
      ours: async (count) => {
        for (let done = 0; done < count; done++) {
          const request = posts[at++]?.() ?? post('https://app.example/callback/none', 'none');
          const { status } = await POST(request);
          if (status !== 202) throw new Error(`A callback was answered with ${status}.`);
        }
      },
      theirs: async (count) => {
        for (let done = 0; done < count; done++)
          await parseAndAnswer(post('https://app.example/callback/task', 'token'));
      },
    },
    { times, rounds, measure: 'cpu' },
  );
}

function post(url: string, token: string): Request {
  return new Request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ status: 'completed', result: { url: 'https://videos.example/1.mp4' } }),
  });
}

async function parseAndAnswer(request: Request): Promise<Response> {
  const body: unknown = await request.json();
  return Response.json({ took: body !== undefined }, { status: 202 });
}

function callingModel(count: number) {
  return new MockLanguageModelV4({
    doGenerate: async () => ({
      content: Array.from({ length: count }, (_, amount) => ({
        type: 'tool-call' as const,
        toolCallId: `call_${amount}`,
        toolName: 'work',
        input: JSON.stringify({ amount }),
      })),
      finishReason: { unified: 'tool-calls', raw: undefined },
      usage: {
        inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
        outputTokens: { total: 1, text: 1, reasoning: 0 },
      },
      warnings: [],
    }),
  });
}
