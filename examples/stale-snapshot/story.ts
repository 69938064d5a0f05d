import assert from 'node:assert/strict';
import type { Policy } from '@latecall/ai-sdk';
import { toolResults } from '../shared/read-view.ts';
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
  const runTests = { name: 'runTests', arguments: { suite: 'all' } };
  const measureCoverage = { name: 'measureCoverage', arguments: { suite: 'all' } };
  const server = await startModel((view) => {
    if (toolResults(view).length === 0) return { toolCalls: [runTests, measureCoverage] };
    const text = lastTold(view);
    return text.includes('"stale":true') ? { text, toolCalls: [runTests] } : { text };
  });
  const outside = createOutside();

  // Taken when a call is dispatched, stored with it, and compared when its result is to be read.
  let head = 'commit A';
  const policy: Policy = { snapshot: () => ({ head }) };

  const { later, tools, openChat } = createApp({ store, print, baseURL: server.baseURL, outside, policy });
  const scope = { thread: 'chat-1' };
  const chat = openChat(scope);
  const arrives = async (mention: string, result: object) => {
    const { id } = outside.order(mention);
    const { verdict } = await later.settle({ id, outcome: { status: 'completed', result }, tools, scope });
    assert.equal(verdict, 'accepted', 'a stale result is taken; what is told of it is decided when it is read');
    print('outside', `reports: ${JSON.stringify(result)}`);
  };
  print('repository', `is at ${head}`);
  await chat.say('Are we ready to release?');

  head = 'commit B';
  print('repository', `is at ${head}`);
  await arrives('tests', { failed: 0 });
  await arrives('coverage', { percent: 91 });

  const stale = await chat.goOn();
  assert.ok(stale.startsWith('{"stale":true,"note":"What this result speaks of has changed since the call was made.'));
  assert.ok(stale.includes('{"failed":0}'), 'marked, and told');
  assert.ok(stale.includes('Withheld'), 'the other tool does not want stale results told');
  assert.ok(!JSON.stringify(server.requests).includes('percent'), 'so no model was sent it');
  const [kept] = await later.quarantined(scope);
  assert.deepEqual(kept?.outcome, { status: 'completed', result: { percent: 91 } }, 'people find it in quarantine');

  await arrives('tests', { failed: 2 });
  assert.equal(await chat.goOn(), '{"failed":2}', 'the second test run was made on commit B: it is fresh');
}
