import { describe, expect, it } from 'vitest';
import { scope, start } from '../../test/fixtures.ts';
import { createRunnerScene, deaf, pass } from '../../test/runner-scene.ts';
import type { AuditEvent, TaskStore } from '../index.ts';

const minute = 60_000;
const tools = { render: { deadline: '15m' }, send: { deadline: '5m' } } as const;

describe('deadlines of a thread runner', () => {
  it('tells of an expiry when the deadline passes, with nothing else going on', async () => {
    const scene = createRunnerScene({ tools });
    const events: AuditEvent[] = [];
    const runner = scene.runner({ audit: (event) => void events.push(event), rescanEvery: '1h' });
    await runner.start();
    const { id } = await scene.dispatch();
    await runner.idle();
    await pass(scene.clock, 15 * minute - 1, [runner]);
    expect(scene.runs).toEqual([]);
    await pass(scene.clock, 1, [runner]);
    expect(scene.calls).toEqual([{ by: 'a', told: ['expired'] }]);
    expect(events).toMatchObject([{ type: 'task.expired', at: start + 15 * minute, scope, id, toolName: 'render' }]);
    await runner.stop();
  });

  it('tells of deadlines that passed while nothing ran', async () => {
    const scene = createRunnerScene({ tools });
    await scene.dispatch();
    await scene.clock.advance(15 * minute);
    const runner = scene.runner();
    await runner.start();
    await runner.idle();
    expect(scene.calls).toEqual([{ by: 'a', told: ['expired'] }]);
    await runner.stop();
  });

  it('knows the deadlines that were set before it was started', async () => {
    const scene = createRunnerScene({ tools });
    await scene.dispatch();
    const runner = scene.runner({ rescanEvery: '1h' });
    await runner.start();
    await pass(scene.clock, 15 * minute, [runner]);
    expect(scene.calls).toHaveLength(1);
    await runner.stop();
  });

  it('keeps one deadline after the other, an earlier one that came later too', async () => {
    const scene = createRunnerScene({ tools });
    const runner = scene.runner({ rescanEvery: '1h' });
    await runner.start();
    await scene.dispatch();
    await runner.idle();
    await scene.dispatch({ toolName: 'send', callId: 'c2' });
    await runner.idle();
    await pass(scene.clock, 5 * minute, [runner]);
    expect(scene.calls).toHaveLength(1);
    await pass(scene.clock, 10 * minute, [runner]);
    expect(scene.calls).toHaveLength(2);
    await runner.stop();
  });

  it('finds deadlines of others that it got no hint of, within the time between two looks', async () => {
    const scene = createRunnerScene({ tools });
    const runner = scene.runner({ store: deaf(scene.store), rescanEvery: '10m' });
    await runner.start();
    await scene.dispatch();
    await pass(scene.clock, 10 * minute, [runner]);
    expect(scene.calls).toEqual([]);
    await pass(scene.clock, 5 * minute, [runner]);
    expect(scene.calls).toEqual([{ by: 'a', told: ['expired'] }]);
    await runner.stop();
  });

  it('wakes nobody for a silent expiry, which is stored all the same', async () => {
    const scene = createRunnerScene({ tools: { render: { deadline: '15m', scheduling: 'silent' } } });
    const runner = scene.runner();
    await runner.start();
    const { id } = await scene.dispatch();
    await runner.idle();
    await pass(scene.clock, 20 * minute, [runner], minute);
    expect(scene.runs).toEqual([]);
    expect((await scene.task(id)).status).toBe('failed');
    await runner.stop();
  });

  it('does not watch the deadline of a task that has its outcome, though onResult has yet to run', async () => {
    const scene = createRunnerScene({ tools });
    let looks = 0;
    const ready: TaskStore['ready'] = (which) => {
      looks += 1;
      return scene.store.ready(which);
    };
    const runner = scene.runner({ store: { ...scene.store, ready }, rescanEvery: '1h' });
    await runner.start();
    const { id } = await scene.dispatch();
    const settlement = { status: 'completed', result: 'u' } as const;
    await scene.store.settle({ scope, id }, { settlement, now: scene.clock.now(), hold: 'settling' });
    await pass(scene.clock, 15 * minute, [runner]);
    const before = looks;
    await scene.store.note({ scope, id }, { type: 'news', at: scene.clock.now(), progress: { fraction: 1 } });
    await runner.idle();
    await pass(scene.clock, minute, [runner]);
    expect(looks).toBe(before);
    await runner.stop();
  });

  it('reports an audit that fails, and goes on', async () => {
    const scene = createRunnerScene({ tools });
    const audit = () => {
      throw new Error('no audit');
    };
    const runner = scene.runner({ audit });
    await runner.start();
    await scene.dispatch();
    await runner.idle();
    await pass(scene.clock, 15 * minute, [runner], minute);
    expect(scene.errors).toEqual([new Error('no audit')]);
    expect(scene.calls).toHaveLength(1);
    await runner.stop();
  });

  it('has no timer but its own looks when all is told', async () => {
    const scene = createRunnerScene({ tools });
    const runner = scene.runner();
    await runner.start();
    const { id } = await scene.dispatch();
    await scene.complete(id, 'u');
    await runner.idle();
    expect(scene.clock.waiting).toBe(1);
    await runner.stop();
    expect(scene.clock.waiting).toBe(0);
  });
});
