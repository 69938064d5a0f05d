// Two routes in the shape of Next.js App Router: a chat, and a callback for results. This file is all that is around
// them: it serves them over real HTTP and plays the browser and the render farm, which does everything a webhook can
// do wrong.
//
//   node examples/route-handler/main.ts
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOpenAIServer } from '@latecall/testing';
import { quote, toolResults } from '../shared/read-view.ts';
import { serve } from '../shared/serve.ts';

const openai = await startOpenAIServer({
  model: (view) =>
    toolResults(view).length === 0
      ? {
          toolCalls: [
            { name: 'renderVideo', arguments: { script: 'The film' } },
            { name: 'renderVideo', arguments: { script: 'The teaser' } },
          ],
        }
      : { text: `Here they are: ${quote(view, 'renderVideo')}` },
});

// The farm takes jobs, once per key; this file decides below when it posts their results, and how badly.
interface Job {
  readonly key: string;
  readonly script: string;
  readonly callback: { readonly url: string; readonly token: string };
}
const jobs = new Map<string, Job>();
const farm = await serve(async (request) => {
  const job = (await request.json()) as Job; // the farm trusts its only customer
  jobs.set(job.key, job);
  return Response.json({ jobId: `job of ${job.script}` }, { status: 202 });
});
const jobOf = (script: string) =>
  [...jobs.values()].find((job) => job.script === script) ?? assert.fail(`${script} was never ordered`);

const app = await serve(async (request) => {
  const [, route] = new URL(request.url).pathname.split('/');
  return route === 'callback' ? answerCallback(request) : postChat(request);
});

const folder = await mkdtemp(join(tmpdir(), 'latecall-route-handler-'));
Object.assign(process.env, {
  OPENAI_BASE_URL: openai.baseURL,
  OPENAI_API_KEY: 'local',
  RENDER_FARM_URL: farm.origin,
  CALLBACK_URL: `${app.origin}/callback`,
  LATECALL_DB: join(folder, 'latecall.db'),
});
const { POST: postChat } = await import('./route.ts');
const { store } = await import('./agent.ts');
const callbackMethods = new Map(Object.entries(await import('./callback/[id]/route.ts')));
const answerCallback = async (request: Request) =>
  callbackMethods.get(request.method)?.(request) ?? new Response(null, { status: 405 });

interface Answer {
  readonly text: string;
  readonly pending: readonly { readonly handle: string; readonly toolName: string; readonly since: string }[];
}
const chat = async (body: { chatId: string; text?: string }): Promise<Answer> => {
  const response = await fetch(`${app.origin}/chat`, { method: 'POST', body: JSON.stringify(body) });
  const answer = (await response.json()) as Answer; // our own route
  const waiting = answer.pending.map(({ handle }) => handle).join(', ');
  console.log(`browser    ${body.text ?? '(anything new?)'}\nchat       ${answer.text || `waiting for ${waiting}`}`);
  return answer;
};
const postResult = async ({ url, token }: Job['callback'], result: unknown): Promise<number> => {
  const outcome = { status: 'completed', result };
  const headers = { authorization: `Bearer ${token}` };
  const { status } = await fetch(url, { method: 'POST', headers, body: JSON.stringify(outcome) });
  return status;
};
const report = (what: string, ...statuses: number[]) => console.log(`farm       ${what}: ${statuses.join(' and ')}`);

const first = await chat({ chatId: 'chat-1', text: 'Render the film and the teaser.' });
assert.equal(first.pending.length, 2);
const film = jobOf('The film');
const teaser = jobOf('The teaser');

const wrongToken = await postResult(
  { ...film.callback, token: teaser.callback.token },
  { url: 'https://evil.example' },
);
report("the film, with the teaser's token", wrongToken);
assert.equal(wrongToken, 404);

const wrongResult = await postResult(film.callback, { status: 'done' });
report('the film, but the result has no link', wrongResult);
assert.equal(wrongResult, 422, 'refused, and a right one may still come');

const early = await chat({ chatId: 'chat-1' });
assert.equal(early.pending.length, 2);

const filmResult = { url: `https://videos.example/${randomUUID()}.mp4` };
const teaserResult = { url: `https://videos.example/${randomUUID()}.mp4` };
const both = await Promise.all([postResult(film.callback, filmResult), postResult(teaser.callback, teaserResult)]);
report('both at the same moment', ...both);
assert.deepEqual(both, [202, 202], 'none is lost');

const again = await postResult(film.callback, filmResult);
report('the film once more', again);
assert.equal(again, 200, 'a duplicate is answered, and changes nothing');

const other = await postResult(film.callback, teaserResult);
report('the film, with another link', other);
assert.equal(other, 409, 'the first result stays');

assert.equal(openai.requests.length, 1, 'none of this has cost a model call');
const last = await chat({ chatId: 'chat-1' });
for (const { url } of [filmResult, teaserResult]) assert.ok(last.text.includes(url), 'the links only the farm knew');
assert.deepEqual(last.pending, []);
assert.equal(openai.requests.length, 2);

for (const server of [app, farm, openai]) await server.close();
store.close();
await rm(folder, { recursive: true });
