import assert from 'node:assert/strict';
import type { InputAnswer } from '@latecall/ai-sdk';
import { createCallbackRoute, type RouteHandler } from '@latecall/web';
import { serve } from '../shared/serve.ts';
import { createOutside, type Order } from '../shared/stories/outside.ts';
import { callThenRepeat } from '../shared/stories/scripted-models.ts';
import type { App, Setup, Stage, Story } from '../shared/stories/story.ts';
import { createApp as onAiSdk } from './ai-sdk.ts';
import { createApp as onLangChain } from './langchain.ts';

export const story: Story = {
  'ai-sdk': (stage) => tell(stage, onAiSdk),
  langchain: (stage) => tell(stage, onLangChain),
};

/** Where the outside reaches the app, and the app the outside. */
type Reaching = {
  readonly callbackUrl: string;
  readonly onInput: (answer: InputAnswer, id: string) => void;
};

async function tell<TOOLS>(
  { store, print, startModel }: Stage,
  createApp: (setup: Setup & Reaching) => App<TOOLS>,
): Promise<void> {
  const server = await startModel(callThenRepeat({ name: 'record', arguments: { text: 'Once upon a time' } }));
  const studio = createOutside();
  const heard: (InputAnswer & { id: string })[] = [];

  let route: RouteHandler = async () => new Response(null, { status: 503 });
  const web = await serve((request) => route(request));
  const { later, tools, openChat } = createApp({
    ...{ store, print, baseURL: server.baseURL, outside: studio },
    callbackUrl: `${web.origin}/callback`,
    onInput: (answer, id) => void heard.push({ ...answer, id }),
  });
  route = createCallbackRoute({ later, tools }).handler;

  /** The studio posts, with nothing but the URL and the token that it was given. */
  const post = async ({ callback }: Order, body: object) => {
    const { url, token } = callback ?? assert.fail('the dispatch was given a callback');
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const { status } = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    print('studio', `POST ${JSON.stringify(body)}: ${status}`);
    return status;
  };

  try {
    const scope = { thread: 'chat-1' };
    const chat = openChat(scope);
    await chat.say('Have my story recorded.');
    const order = studio.order();

    const question = { key: 'voice', message: 'Which voice?', schema: { enum: ['high', 'low'] } };
    assert.equal(await post(order, { inputRequest: question }), 202);
    assert.equal(await chat.goOn(), '', 'the model is not asked: the run waits as before');
    const [asking] = await later.pending(scope);
    assert.equal(asking?.status, 'input_required');
    print('app', `shows its user: ${asking.inputs?.[0]?.message}`);

    const { verdict } = await later.answer({ id: order.id, scope, key: 'voice', answer: 'low', tools });
    print('app', `answers "low": ${verdict}`);
    assert.equal(verdict, 'accepted');
    assert.deepEqual(heard, [{ key: 'voice', answer: 'low', id: order.id }], 'onInput tells the studio');
    assert.equal((await later.pending(scope))[0]?.status, 'working');

    const voice = heard[0]?.answer;
    const recording = { url: `https://studio.example/story-in-a-${voice}-voice.mp3` };
    assert.equal(await post(order, { status: 'completed', result: recording }), 202);
    assert.equal(await chat.goOn(), JSON.stringify(recording));
    assert.equal(server.requests.length, 2, 'one turn to order, one to tell; none for the question');
  } finally {
    await web.close();
  }
}
