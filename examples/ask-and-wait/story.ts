import assert from 'node:assert/strict';
import { UnknownHandleError } from '@latecall/ai-sdk';
import type { ModelPolicy } from '@latecall/testing';
import { lastUserText, toolResults } from '../shared/read-view.ts';
import { createOutside } from '../shared/stories/outside.ts';
import { lastTold } from '../shared/stories/scripted-models.ts';
import type { App, Setup, Stage, Story } from '../shared/stories/story.ts';
import { createApp as onAiSdk } from './ai-sdk.ts';
import { createApp as onLangChain } from './langchain.ts';

export const story: Story = {
  'ai-sdk': (stage) => tell(stage, onAiSdk),
  langchain: (stage) => tell(stage, onLangChain),
};

async function tell<TOOLS>({ store, print, startModel }: Stage, createApp: (setup: Setup) => App<TOOLS>) {
  const server = await startModel(model);
  const outside = createOutside();
  const { later, tools, openChat } = createApp({ store, print, baseURL: server.baseURL, outside });
  const scope = { thread: 'chat-1' };
  const chat = openChat(scope);
  const arrives = async (mention: string, result: object) => {
    const { id } = outside.order(mention);
    const { verdict } = await later.settle({ id, outcome: { status: 'completed', result }, tools, scope });
    assert.equal(verdict, 'accepted');
    print('outside', `is done: ${JSON.stringify(result)}`);
  };

  // 1. The model dispatches two calls, and asks to wait for both. It gets their handles wrong, as models do.
  assert.equal(await chat.say('A video and a poster, please, together.'), '');
  assert.equal(server.requests.length, 2, 'one turn for the calls, one to wait for them');
  const pending = await later.pending(scope);
  const named = (toolName: string) => pending.find((task) => task.toolName === toolName) ?? assert.fail(toolName);
  const [video, poster] = [named('renderVideo'), named('printPoster')];

  // 2. One is done: the run is asked again, and waits on. No turn, no "is it done yet?".
  await arrives('video', { url: 'https://videos.example/1.mp4' });
  assert.equal(await chat.goOn(), '');
  assert.equal(server.requests.length, 2);

  // 3. Code that waits, in this process, hears of both.
  const both = later.whenSettled({ scope, tasks: [video.handle, poster.handle] });
  await arrives('poster', { pages: 1 });
  assert.deepEqual(
    (await both).map(({ status }) => status),
    ['completed', 'completed'],
  );
  const text = await chat.goOn();
  assert.ok(text.includes(`{"handle":"${video.handle}","tool":"renderVideo","status":"completed; you are given it"}`));
  assert.ok(
    text.includes('{"url":"https://videos.example/1.mp4"}') && text.includes('{"pages":1}'),
    'the answer to its question, and both results',
  );
  assert.equal(server.requests.length, 3, 'one turn for everything');

  // 4. Handles mean the tasks of one conversation only.
  const other = openChat({ thread: 'chat-2' });
  const refusal = await other.say(`Print a poster. And what about ${video.handle}?`);
  const [own] = await later.pending({ thread: 'chat-2' });
  assert.ok(refusal.includes(`names no task of this conversation. Valid handles: ${own?.handle}.`));

  // 5. In code the same: changed handles are understood, foreign ones are refused.
  const [found] = await later.probe({ scope, tasks: [mangle(video.handle)] });
  assert.equal(found?.id, video.id);
  print('code', `probes "${mangle(video.handle)}": ${found.handle} is ${found.status}`);
  await assert.rejects(
    later.probe({ scope: { thread: 'chat-2' }, tasks: [video.handle] }),
    (error) => UnknownHandleError.isInstance(error) && error.validHandles.includes(own?.handle ?? ''),
  );
}

/** Upper-cased, cut short and quoted. */
function mangle(handle: string): string {
  return `\`${handle.slice(0, -2).toUpperCase()}…\``;
}

const model: ModelPolicy = (view) => {
  const asked = lastUserText(view).match(/what about (\S+)\?/)?.[1];
  const results = toolResults(view);
  if (results.length === 0) {
    const poster = { name: 'printPoster', arguments: { about: 'poster' } };
    return { toolCalls: asked ? [poster] : [{ name: 'renderVideo', arguments: { about: 'video' } }, poster] };
  }
  if (lastTold(view).includes('"dispatched"')) {
    const handles = results.map(({ output }) => (output as { handle: string }).handle); // of a placeholder
    const question = asked ? { handles: [asked] } : { handles: handles.map(mangle), waitFor: 'all' };
    return { toolCalls: [{ name: 'checkTasks', arguments: question }] };
  }
  const told = results.map(({ output }) => JSON.stringify(output)).filter((output) => !output.includes('"dispatched"'));
  return { text: told.join(' ') };
};
