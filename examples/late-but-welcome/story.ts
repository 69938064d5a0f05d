import assert from 'node:assert/strict';
import { createFakeClock } from '@latecall/testing';
import { createOutside } from '../shared/stories/outside.ts';
import { callThenRepeat } from '../shared/stories/scripted-models.ts';
import type { App, Setup, Stage, Story } from '../shared/stories/story.ts';
import { createApp as onAiSdk } from './ai-sdk.ts';
import { createApp as onLangChain } from './langchain.ts';

export const story: Story = {
  'ai-sdk': (stage) => tell(stage, onAiSdk),
  langchain: (stage) => tell(stage, onLangChain),
};

async function tell<TOOLS>({ store, print, startModel }: Stage, createApp: (setup: Setup) => App<TOOLS>) {
  const server = await startModel(
    callThenRepeat(
      { name: 'askSupplier', arguments: { item: 'a pump' } },
      { name: 'askCourier', arguments: { parcel: 'a pump' } },
    ),
  );
  const outside = createOutside();
  const clock = createFakeClock();
  const { later, tools, openChat } = createApp({ store, print, baseURL: server.baseURL, outside, clock });
  const scope = { thread: 'chat-1' };
  const chat = openChat(scope);
  const arrives = async (mention: string, euros: number) => {
    const { id } = outside.order(mention);
    const outcome = { status: 'completed', result: { euros } };
    const { verdict } = await later.settle({ id, outcome, tools, scope });
    print('outside', `quotes ${euros} euros: ${verdict}`);
    return verdict;
  };

  await chat.say('What would a new pump cost us, with the courier?');
  await clock.advance(3_600_000);
  print('clock', 'an hour has passed');
  const atDeadline = await chat.goOn();
  assert.ok(atDeadline.startsWith('Overdue: the deadline passed and there is no result. One may still come;'));
  assert.ok(
    atDeadline.includes('Expired: the deadline passed before a result came. There is no result and there will'),
  );

  await clock.advance(3_600_000);
  print('clock', 'another hour has passed');
  assert.equal(await arrives('item', 940), 'accepted');
  assert.equal(await arrives('parcel', 25), 'late');
  assert.equal(await chat.goOn(), '{"euros":940}', 'the one that is welcome is told');
  assert.equal(await arrives('item', 940), 'duplicate');
  assert.deepEqual((await later.summary(scope)).untold, [], 'and told once');
  assert.equal(server.requests.length, 3);

  const kept = await later.quarantined(scope);
  assert.deepEqual(
    kept.map(({ toolName, reason, outcome }) => ({ toolName, reason, outcome })),
    [{ toolName: 'askCourier', reason: 'late', outcome: { status: 'completed', result: { euros: 25 } } }],
  );
  print('people', `find the other one in quarantine (${kept[0]?.reason}): ${JSON.stringify(kept[0]?.outcome)}`);
}
