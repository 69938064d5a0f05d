import assert from 'node:assert/strict';
import { type Budget, createBudget, type Scope } from '@latecall/ai-sdk';
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

/** The budget of a conversation, as the app keeps it. */
type Budgets = { readonly budgetOf: (scope: Scope) => Budget | undefined };

const minute = 60_000;
const hour = 60 * minute;

async function tell<TOOLS>(
  { store, print, startModel }: Stage,
  createApp: (setup: Setup & Budgets) => App<TOOLS>,
): Promise<void> {
  const clock = createFakeClock();
  const think = callThenRepeat({ name: 'askLab', arguments: { sample: 12 } });
  const server = await startModel(async (view) => {
    await clock.advance(2 * minute); // so long each model call takes
    return think(view);
  });
  const outside = createOutside();
  const budgets = new Map<string, Budget>();
  const { later, tools, openChat } = createApp({
    ...{ store, print, baseURL: server.baseURL, outside, clock },
    budgetOf: ({ thread }) => budgets.get(thread),
  });
  const spent = (thread: string) => {
    const { turns, ms } = budgets.get(thread)?.spent() ?? assert.fail(thread);
    print('budget', `spent ${turns} turns, ${ms / minute} minutes`);
    return { turns, ms };
  };
  const waitHours = async (hours: number, goOn: () => Promise<string>) => {
    print('clock', `${hours} hours pass; the run is asked again every hour`);
    for (let passed = 0; passed < hours; passed += 1) {
      await clock.advance(hour);
      assert.equal(await goOn(), '');
    }
  };
  const arrives = async (thread: string) => {
    const { id } = outside.order();
    const result = { lead: 0.2 };
    await later.settle({ id, outcome: { status: 'completed', result }, tools, scope: { thread } });
    print('outside', `the lab has measured ${JSON.stringify(result)}`);
  };

  // 1. Three model calls.
  budgets.set('chat-1', createBudget({ turns: 3, clock }));
  const chat = openChat({ thread: 'chat-1' });
  await chat.say('How much lead is in sample 12?');
  assert.deepEqual(spent('chat-1'), { turns: 1, ms: 2 * minute });
  await waitHours(3, chat.goOn);
  assert.deepEqual(spent('chat-1'), { turns: 1, ms: 2 * minute }, 'waiting is free');
  await arrives('chat-1');
  assert.equal(await chat.goOn(), '{"lead":0.2}');
  assert.equal(await chat.say('Once more, please.'), '{"lead":0.2}');
  assert.deepEqual(spent('chat-1'), { turns: 3, ms: 6 * minute });

  assert.equal(await chat.say('And again?'), '', 'no model call, and no made-up answer');
  assert.equal(budgets.get('chat-1')?.exhausted(), true, 'so the app knows why');
  assert.equal(server.requests.length, 3);
  print('app', 'The budget of this conversation is spent. It grants one turn more.');
  budgets.set('chat-1', createBudget({ turns: 4, spent: spent('chat-1'), clock }));
  assert.equal(await chat.goOn(), '{"lead":0.2}');

  // 2. Five minutes of work: two model calls take four.
  print('', '');
  budgets.set('chat-2', createBudget({ workingTime: '5m', clock }));
  const second = openChat({ thread: 'chat-2' });
  await second.say('How much lead is in sample 13?');
  await waitHours(3, second.goOn);
  await arrives('chat-2');
  assert.equal(await second.goOn(), '{"lead":0.2}');
  assert.deepEqual(spent('chat-2'), { turns: 2, ms: 4 * minute });
  assert.equal(await second.say('Are you sure?'), '{"lead":0.2}', 'a minute was left: the call was made');
  assert.deepEqual(spent('chat-2'), { turns: 3, ms: 6 * minute });
  assert.equal(await second.say('Really?'), '');
  assert.equal(budgets.get('chat-2')?.exhausted(), true);
}
