// A thread that one process begins and another one carries on, three days later.
//
// The first process invokes the agent on a thread and is killed while the video is being rendered. The second one has
// only the thread's checkpoint: it reads there what is pending, and invokes the agent with the response alone. The
// history, and what Latecall knows of the call, come from the checkpointer; no store is given. All processes of an app
// have the same secret, so that each takes the responses that another one has signed.
//
//   node examples/langchain-thread/main.ts
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChatOpenAI } from '@langchain/openai';
import { asyncFunctionRequests, asyncTool, createAsyncFunctionResponse, createLatecall } from '@latecall/langchain';
import { startOpenAIServer } from '@latecall/testing';
import { createAgent } from 'langchain';
import { z } from 'zod';
import { quote, toolResults } from '../shared/read-view.ts';
import { createRenderFarm } from '../shared/render-farm.ts';
import { serve } from '../shared/serve.ts';
import { FileSaver } from './file-saver.ts';

const THREE_DAYS_MS = 3 * 24 * 60 * 60 * 1000;

/** What both processes of the app are made of. The second one says with its clock that days have passed. */
function createApp({ aheadMs }: { aheadMs: number }) {
  const { MODEL_URL = '', FARM_URL = '', LATECALL_SECRET = '', CHECKPOINTS = '' } = process.env;
  const clock = {
    now: () => Date.now() + aheadMs,
    schedule: (run: () => void | Promise<void>, ms: number) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  };
  const farm = {
    submit: async (job: { key: string; script: string }) => {
      const response = await fetch(`${FARM_URL}/jobs`, { method: 'POST', body: JSON.stringify(job) });
      return z.object({ jobId: z.string() }).parse(await response.json());
    },
    video: async (jobId: string) => {
      const response = await fetch(`${FARM_URL}/jobs/${jobId}`);
      return z.object({ url: z.url() }).parse(await response.json());
    },
  };
  const tools = [
    asyncTool({
      name: 'renderVideo',
      description: 'Render a video from a script',
      inputSchema: z.object({ script: z.string() }),
      resultSchema: z.object({ url: z.url() }),
      dispatch: ({ script }, { idempotencyKey }) => farm.submit({ key: idempotencyKey, script }),
      deadline: '7d',
    }),
  ];
  const later = createLatecall({ secret: LATECALL_SECRET, clock });
  const agent = createAgent({
    model: new ChatOpenAI({ model: 'gpt-5', apiKey: 'local', configuration: { baseURL: MODEL_URL } }),
    ...later.wrap({ tools }),
    checkpointer: new FileSaver(CHECKPOINTS),
  });
  return { agent, clock, farm, later, tools };
}

const thread = { configurable: { thread_id: 'chat-1' } };

/** The first process: asks for the video, and would wait for whatever comes next. */
async function start(): Promise<void> {
  const { agent, tools } = createApp({ aheadMs: 0 });
  const question = { role: 'user', content: 'Render a video of a cat that plays chess.' };
  const state = await agent.invoke({ messages: [question] }, thread);
  const [request] = asyncFunctionRequests(state, tools);
  assert.ok(request !== undefined, 'the video is pending');
  report(`${request.handle} is pending (${request.dispatchResult.jobId})`);
  process.on('disconnect', () => process.exit()); // stays as long as the parent does
}

/** The second process: somebody has told it that the farm is done, a webhook for example. */
async function resume(): Promise<void> {
  const { agent, clock, farm, later, tools } = createApp({ aheadMs: THREE_DAYS_MS });
  const { values } = await agent.graph.getState(thread);
  const [request] = asyncFunctionRequests(values, tools);
  assert.ok(request !== undefined, 'the thread says what is pending');
  console.log(`process 2   finds ${request.handle} pending; a result counts until ${request.deadlineAt}`);
  const result = await farm.video(request.dispatchResult.jobId);
  const response = createAsyncFunctionResponse({ request, result, clock });
  const state = await agent.invoke({ messages: await later.asyncFunctionResponseMessages(response) }, thread);
  assert.deepEqual(asyncFunctionRequests(state, tools), [], 'nothing is pending any more');
  report(state.messages.at(-1)?.text ?? '');
}

function report(text: string): void {
  assert.ok(process.send !== undefined, 'the parent starts this process');
  process.send(text);
}

/** The world around the app: the model, the farm, and whoever starts and kills processes. */
async function main(): Promise<void> {
  const model = await startOpenAIServer({
    model: (view) =>
      toolResults(view).length === 0
        ? { toolCalls: [{ name: 'renderVideo', arguments: { script: 'A cat plays chess' } }] }
        : { text: `Your video is ready: ${quote(view, 'renderVideo')}` },
  });
  const farm = createRenderFarm();
  let submissions = 0;
  const farmServer = await serve(async (request) => {
    if (request.method === 'GET') return Response.json(await farm.whenDone(request.url.split('/').at(-1) ?? ''));
    submissions += 1;
    return Response.json(farm.submit((await request.json()) as { key: string; script: string }), { status: 202 });
  });
  const folder = await mkdtemp(join(tmpdir(), 'latecall-thread-'));
  const env = {
    ...process.env,
    MODEL_URL: model.baseURL,
    FARM_URL: farmServer.origin,
    CHECKPOINTS: join(folder, 'checkpoints'),
    LATECALL_SECRET: randomBytes(32).toString('hex'),
  };

  const first = fork(import.meta.filename, ['start'], { env });
  console.log(`process 1   ${await reportOf(first)}`);
  const killed = once(first, 'exit');
  first.kill('SIGKILL');
  const [, signal] = await killed;
  console.log(`process 1   ended by ${signal}`);
  assert.equal(model.requests.length, 1);

  console.log('            three days pass');
  const second = fork(import.meta.filename, ['resume'], { env });
  const ended = once(second, 'exit');
  const answer = await reportOf(second);
  console.log(`process 2   ${answer}`);
  const [code] = await ended;

  const { url } = await farm.whenDone('job_1');
  assert.equal(signal, 'SIGKILL', 'the first process was killed, not ended');
  assert.equal(code, 0, 'the second process ended well');
  assert.ok(answer.includes(url), 'the answer holds the link that only the farm knew');
  assert.equal(submissions, 1, 'dispatched once');
  assert.equal(model.requests.length, 2, 'one model call to ask for the video, one to answer');

  await Promise.all([model.close(), farmServer.close(), rm(folder, { recursive: true })]);
}

/** What a child process reports; an error if it ends without a word. */
async function reportOf(child: ChildProcess): Promise<string> {
  const silent = new AbortController();
  child.once('exit', () => silent.abort(new Error('The process ended without a report.')));
  const [text] = await once(child, 'message', { signal: silent.signal });
  return z.string().parse(text);
}

const roles = new Map([
  ['start', start],
  ['resume', resume],
]);
await (roles.get(process.argv[2] ?? '') ?? main)();
