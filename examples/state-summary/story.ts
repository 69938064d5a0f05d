import assert from 'node:assert/strict';
import { describeState, type Policy, type SummarizedTask } from '@latecall/ai-sdk';
import { createFakeClock } from '@latecall/testing';
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

const minute = 60_000;

async function tell<TOOLS>({ store, print, startModel }: Stage, createApp: (setup: Setup) => App<TOOLS>) {
  const server = await startModel((view) => {
    const stillOut = lastUserText(view).match(/Pending, no result yet: (.+)\./)?.[1];
    if (stillOut !== undefined) return { text: `I wait for ${stillOut}.` };
    if (toolResults(view).length > 0) return { text: lastTold(view).includes('Withheld') ? lastTold(view) : 'On it.' };
    const jobs = ['translate', 'print', 'legal check'];
    return { toolCalls: jobs.map((job) => ({ name: 'order', arguments: { job } })) };
  });
  const outside = createOutside();
  const clock = createFakeClock();
  // What the lawyers say is not for this conversation: it was, when the check was ordered.
  const policy: Policy = {
    authorize: ({ at, task }) => at === 'arrival' || !JSON.stringify(task.arguments).includes('legal'),
  };
  const { later, tools, openChat } = createApp({ store, print, baseURL: server.baseURL, outside, clock, policy });
  const scope = { thread: 'chat-1' };
  const chat = openChat(scope);
  const start = clock.now();
  const arrives = async (job: string) => {
    const { id } = outside.order(job);
    const { verdict } = await later.settle({ id, outcome: { status: 'completed', result: 'done' }, tools, scope });
    print('outside', `${job}: ${verdict}`);
  };

  await chat.say('Translate the contract, print it, and have it checked.');
  await clock.advance(10 * minute);
  await arrives('legal check');
  await chat.say('Any news?');
  await clock.advance(10 * minute);
  await arrives('translate');
  const progress = { message: 'page 3 of 12', fraction: 0.25 };
  await later.report({ id: outside.order('print').id, scope, progress });

  const summary = await later.summary(scope);
  for (const state of ['pending', 'untold', 'withheld'] as const) {
    for (const task of summary[state]) print(state, asLine(task, clock.now()));
  }
  const seen = (tasks: readonly SummarizedTask[]) =>
    tasks.map(({ id, status, since, ...rest }) => {
      return { id, status, minutes: (since - start) / minute, progress: rest.progress };
    });
  assert.deepEqual(seen(summary.pending), [{ id: outside.order('print').id, status: 'working', minutes: 0, progress }]);
  assert.deepEqual(seen(summary.untold), [
    { id: outside.order('translate').id, status: 'completed', minutes: 20, progress: undefined },
  ]);
  assert.deepEqual(seen(summary.withheld), [
    { id: outside.order('legal').id, status: 'withheld', minutes: 10, progress: undefined },
  ]);

  // For a model that does not have this history, for example behind a summary of it.
  const text = describeState(summary);
  assert.match(
    text,
    /^Pending, no result yet: order_.{4}\.\nFinished, .+: order_.{4}\.\nWithheld from you: order_.{4}\.$/,
  );
  await later.report({ id: outside.order('print').id, scope, progress: { message: 'page 4 of 12', fraction: 0.33 } });
  await clock.advance(10 * minute);
  assert.equal(describeState(await later.summary(scope)), text, 'nothing has changed: the same text');
  const answer = await openChat({ thread: 'chat-2' }).say(`The calls of our last conversation:\n${text}`);
  assert.equal(answer, `I wait for ${summary.pending[0]?.handle}.`);
}

function asLine({ handle, status, since, progress }: SummarizedTask, now: number): string {
  const news = progress === undefined ? '' : `, ${progress.message}`;
  return `${handle} (${status}) since ${(now - since) / minute} minutes${news}`;
}
