import { MemorySaver } from '@langchain/langgraph';
import { createFakeClock } from '@latecall/testing';
import { createAgent } from 'langchain';
import { describe, expect, it } from 'vitest';
import { asks, calls, done, playScene, type Scene, says, thread } from '../test/fixtures.ts';
import { createLatecall } from './index.ts';

const scope = { thread: 'thread-1' };
const minutes = 60_000;

/** Processes of one app that share nothing but the thread's checkpoints. */
function createProcesses(scene: Scene, fields: Parameters<Scene['render']>[0] = {}) {
  const checkpointer = new MemorySaver();
  const clock = createFakeClock();
  const start = () => {
    const later = createLatecall({ secret: 'sixteen bytes or more', clock });
    const tools = [scene.render(fields)];
    const agent = createAgent({ model: scene.model, ...later.wrap({ tools }), checkpointer });
    const run = (text?: string) => agent.invoke({ messages: text === undefined ? [] : [asks(text)] }, thread());
    return { later, tools, run };
  };
  return { clock, start };
}

describe('the ledger keeps', () => {
  it('a question of the outside and its answer', () =>
    playScene({ model: [calls(['render', { script: 'a' }])] }, async (scene) => {
      const heard: unknown[] = [];
      const { start } = createProcesses(scene, { onInput: ({ answer }) => void heard.push(answer) });
      const first = start();
      const { id } = scene.request(await first.run('Render a.'));
      await first.later.report({ id, scope, inputRequest: { key: 'voice', message: 'Which voice?' } });
      await first.run();
      const second = start();
      await second.run();
      const [asked] = (await second.later.summary(scope)).pending;
      expect(asked?.status).toBe('input_required');
      const answering = { id, scope, key: 'voice', answer: 'deep', tools: second.tools };
      expect((await second.later.answer(answering)).verdict).toBe('accepted');
      await second.run();
      const third = start();
      await third.run();
      expect((await third.later.summary(scope)).pending[0]?.status).toBe('working');
      expect((await third.later.answer({ ...answering, answer: 'high' })).verdict).toBe('conflict');
      expect(heard).toEqual(['deep']);
    }));

  it('a result in quarantine', () =>
    playScene({ model: [calls(['render', { script: 'a' }]), says('It expired.')] }, async (scene) => {
      const { clock, start } = createProcesses(scene, { deadline: '15m' });
      const first = start();
      const { id } = scene.request(await first.run('Render a.'));
      await clock.advance(15 * minutes);
      const late = { id, outcome: done('too-late'), scope, tools: first.tools };
      expect((await first.later.settle(late)).verdict).toBe('late');
      await first.run();
      const second = start();
      await second.run('And now?').catch(() => undefined); // the script has run out; the thread was read
      expect(await second.later.quarantined(scope)).toMatchObject([{ id, reason: 'late', outcome: done('too-late') }]);
      expect(scene.sent()).not.toContain('too-late');
    }));

  it('that a late result is welcome, and takes it in another process, once', () =>
    playScene(
      {
        model: [
          calls(['render', { script: 'a' }]),
          says('It is overdue.'),
          says('Not yet.'),
          says('It is at u.'),
          says('At u.'),
        ],
      },
      async (scene) => {
        const { clock, start } = createProcesses(scene, { deadline: '15m', lateResult: 'accept' });
        const first = start();
        const { id, handle } = scene.request(await first.run('Render a.'));
        await clock.advance(15 * minutes);
        expect((await first.run()).messages.at(-1)?.text).toBe('It is overdue.');
        const second = start();
        await second.run('Is it there?');
        const late = { id, outcome: done('u'), scope };
        expect((await second.later.settle({ ...late, tools: second.tools })).verdict).toBe('accepted');
        const told = await second.run();
        expect(told.messages.at(-1)?.text).toBe('It is at u.');
        expect(scene.sent()).toContain(`late_${handle}_late`);
        const third = start();
        await third.run('Where?');
        expect(scene.sent()).toContain(`late_${handle}_late`);
        expect((await third.later.settle({ ...late, tools: third.tools })).verdict).toBe('duplicate');
        expect((await third.later.summary(scope)).untold).toEqual([]);
      },
    ));
});
