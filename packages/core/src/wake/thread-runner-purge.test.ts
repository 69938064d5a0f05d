import { describe, expect, it } from 'vitest';
import { pendingChat, scope, type TestMessage } from '../../test/fixtures.ts';
import { createRunnerScene, pass } from '../../test/runner-scene.ts';

const minute = 60_000;

/** One task was told to a model, one is pending, one is settled and silent. */
async function toldOne() {
  let history: TestMessage[] = [];
  const scene = createRunnerScene({
    tools: { render: {}, send: {}, quiet: { scheduling: 'silent' } },
    history: () => history,
  });
  const { request, messages } = await pendingChat(scene);
  history = messages;
  await scene.complete(request.id, 'u');
  const ids = async () => (await scene.store.list(scope)).map(({ toolName }) => toolName);
  return { scene, request, ids };
}

describe('keepToldFor of a thread runner', () => {
  it('deletes a task that long after its outcome was told, and nothing else', async () => {
    const { scene, ids } = await toldOne();
    const runner = scene.runner({ keepToldFor: '10m', rescanEvery: '1m' });
    await runner.start();
    await runner.idle();
    expect(scene.calls).toEqual([{ by: 'a', told: ['u'] }]);
    await scene.dispatch({ toolName: 'send', turn: 'turn_2', callId: 'c2' });
    const silent = await scene.dispatch({ toolName: 'quiet', turn: 'turn_2', callId: 'c3' });
    await scene.complete(silent.id, 'q');
    await pass(scene.clock, 10 * minute, [runner], minute);
    expect(await ids()).toEqual(['render', 'send', 'quiet']);
    await pass(scene.clock, minute, [runner]);
    expect(await ids()).toEqual(['send', 'quiet']);
    await runner.stop();
  });

  it('keeps everything for ever, if nothing is said', async () => {
    const { scene, ids } = await toldOne();
    const runner = scene.runner();
    await runner.start();
    await runner.idle();
    await pass(scene.clock, 86_400_000, [runner]);
    expect(await ids()).toEqual(['render']);
    await runner.stop();
  });

  it('must be a duration', async () => {
    const { scene } = await toldOne();
    expect(() => scene.runner({ keepToldFor: 'soon' as '1m' })).toThrow(/duration/i);
  });
});
