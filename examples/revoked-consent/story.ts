import assert from 'node:assert/strict';
import type { AuditEvent, Policy } from '@latecall/ai-sdk';
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
  const server = await startModel(callThenRepeat({ name: 'orderReport', arguments: { person: 'Ada' } }));
  const outside = createOutside();

  // The app's rules, with its own words.
  let consent = true;
  const policy: Policy = {
    permissions: () => ({ consent }),
    authorize: () => ({ allow: consent, reason: 'consent was revoked', permissions: { consent } }),
  };
  const audit: AuditEvent[] = [];
  const { later, tools, openChat } = createApp({
    ...{ store, print, baseURL: server.baseURL, outside, policy },
    audit: (event) => void audit.push(event),
  });
  const setConsent = (given: boolean) => {
    consent = given;
    print('Ada', given ? 'consents' : 'revokes her consent');
  };
  const report = { score: 617 };

  for (const { thread, revoked } of [
    { thread: 'chat-1', revoked: 'while it is made' },
    { thread: 'chat-2', revoked: 'before it is read' },
  ]) {
    const scope = { thread };
    const chat = openChat(scope);
    setConsent(true);
    await chat.say('Order a report on Ada.');

    if (revoked === 'while it is made') setConsent(false);
    const { id } = outside.order();
    const { verdict } = await later.settle({ id, outcome: { status: 'completed', result: report }, tools, scope });
    print('outside', `hands in the report: ${verdict}`);
    assert.equal(verdict, revoked === 'while it is made' ? 'unauthorized' : 'accepted');
    if (revoked === 'before it is read') setConsent(false);

    const text = await chat.goOn();
    assert.equal(text, 'Withheld (consent was revoked). A result came but may not be shown here.');

    const kept = await later.quarantined(scope);
    assert.deepEqual(
      kept.map(({ outcome }) => outcome),
      [{ status: 'completed', result: report }],
      'people find the report itself',
    );
    const refusal = audit.find((event) => event.id === id && event.permissions !== undefined);
    assert.deepEqual(refusal?.permissions, { atDispatch: { consent: true }, now: { consent: false } });
    print('people', `find it in quarantine (${kept[0]?.reason}): ${JSON.stringify(report)}`);
    print('audit', `${refusal?.type}: ${JSON.stringify(refusal?.permissions)}\n`);
  }
  assert.ok(!JSON.stringify(server.requests).includes('score'), 'no model was ever sent the score');
}
