import assert from 'node:assert/strict';
import { createThreadRunner, type Scope } from '@latecall/ai-sdk';
import type { ModelPolicy } from '@latecall/testing';
import { lastUserText, toolResults } from '../shared/read-view.ts';
import { createOutside } from '../shared/stories/outside.ts';
import { lastTold } from '../shared/stories/scripted-models.ts';
import type { App, Chat, Setup, Stage, Story } from '../shared/stories/story.ts';
import { createApp as onAiSdk } from './ai-sdk.ts';
import { createApp as onLangChain } from './langchain.ts';

export const story: Story = {
  'ai-sdk': (stage) => tell(stage, onAiSdk),
  langchain: (stage) => tell(stage, onLangChain),
};

/** Told by a tool's `onCancel`. */
type Stopping = { readonly onStop: (id: string) => void };

async function tell<TOOLS>(
  { store, print, startModel }: Stage,
  createApp: (setup: Setup & Stopping) => App<TOOLS>,
): Promise<void> {
  const server = await startModel(planTheTrip);
  const outside = createOutside();
  const stopped: string[] = [];
  const { later, tools, openChat } = createApp({
    ...{ store, print, baseURL: server.baseURL, outside },
    onStop: (id) => stopped.push(id),
  });

  const thread = 'trip-1';
  const oslo: Scope = { thread, branch: 'oslo' };
  const bergen: Scope = { thread, branch: 'bergen' };
  const chats = new Map<string | undefined, Chat>([
    [oslo.branch, openChat(oslo)],
    [bergen.branch, openChat(bergen)],
  ]);
  const arrives = async (scope: Scope, mention: string, found: string) => {
    const { id } = outside.order(mention);
    const { verdict } = await later.settle({ id, outcome: { status: 'completed', result: { found } }, tools, scope });
    print('outside', `reports "${found}": ${verdict}`);
    return verdict;
  };

  // 1. Three searches, and a summary of them. One search comes home.
  await chats.get('oslo')?.say('Plan my trip to Oslo.');
  assert.equal((await later.pending(oslo)).length, 4);
  assert.equal(await arrives(oslo, 'Oslo flight', 'flight 17'), 'accepted');

  // 2. The user edits the request. The conversation goes on in a branch of its own, and the old one is given up.
  print('user', '(edits the request, before the first result was told)');
  const reason = 'the user changed the request';
  const { cancelled, withheld } = await later.abandon({ scope: oslo, tools, reason });
  print('app', `abandons the branch "oslo": ${cancelled.length} orders cancelled, ${withheld.length} result withheld`);
  const stillOpen = new Set(['Oslo hotel', 'Oslo museum', 'Summary of Oslo'].map((text) => outside.order(text).id));
  assert.deepEqual(new Set(cancelled.map(({ id }) => id)), stillOpen);
  assert.deepEqual(new Set(stopped), stillOpen, 'the outside is told to stop them');
  assert.deepEqual(
    withheld.map(({ id }) => id),
    [outside.order('Oslo flight').id],
  );

  // 3. A thread runner looks after both branches.
  await chats.get('bergen')?.say('Plan my trip to Bergen.');
  const woken: string[] = [];
  const told = Promise.withResolvers<string>();
  const runner = createThreadRunner({
    store,
    run: async ({ branch = '' }) => {
      woken.push(branch);
      told.resolve((await chats.get(branch)?.goOn()) ?? '');
    },
    onError: told.reject,
  });
  await runner.start();
  assert.equal(await arrives(oslo, 'Oslo hotel', 'hotel 5'), 'cancelled');
  assert.equal(await arrives(bergen, 'Summary of Bergen', 'all by ferry'), 'accepted');
  await runner.wake(bergen);
  await runner.wake(oslo);
  await runner.idle();
  assert.deepEqual(woken, [], 'not for the old branch, nor for a summary before the search that it depends on');
  assert.equal(await arrives(bergen, 'Bergen ferry', 'ferry 9'), 'accepted');
  assert.equal(await told.promise, '{"found":"ferry 9"} / {"found":"all by ferry"}');
  await runner.wake(oslo);
  await runner.idle();
  assert.deepEqual(woken, ['bergen'], 'nobody is woken for the old branch');
  await runner.stop();

  const kept = await later.quarantined({ thread });
  assert.deepEqual(
    kept.map(({ reason, outcome }) => [reason, outcome]),
    [
      ['withheld', { status: 'completed', result: { found: 'flight 17' } }],
      ['cancelled', { status: 'completed', result: { found: 'hotel 5' } }],
    ],
  );
  for (const { reason, outcome } of kept) print('people', `find in quarantine (${reason}): ${JSON.stringify(outcome)}`);
  assert.ok(!JSON.stringify(server.requests).includes('flight 17'), 'no model was sent what the old branch found');
}

/** Searches, orders a summary of its searches by the handles that it reads, and then repeats what it is told. */
const planTheTrip: ModelPolicy = (view) => {
  const city = lastUserText(view).includes('Oslo') ? 'Oslo' : 'Bergen';
  const wishes = city === 'Oslo' ? ['Oslo flight', 'Oslo hotel', 'Oslo museum'] : ['Bergen ferry'];
  const results = toolResults(view);
  if (results.length === 0) return { toolCalls: wishes.map((what) => ({ name: 'search', arguments: { what } })) };
  if (results.length === wishes.length) {
    const searches = results.map(({ output }) => (output as { handle: string }).handle); // of a placeholder
    return { toolCalls: [{ name: 'summarize', arguments: { title: `Summary of ${city}`, searches } }] };
  }
  return { text: lastTold(view).includes('"dispatched"') ? 'I am looking, and will sum it up.' : lastTold(view) };
};
