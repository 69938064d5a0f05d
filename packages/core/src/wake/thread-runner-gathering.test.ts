import { describe, expect, it } from 'vitest';
import { until } from '../../test/fixtures.ts';
import { createRunnerScene } from '../../test/runner-scene.ts';
import { createLocalResumer, type Duration, type Resumer } from '../index.ts';

const turnMs = 300;

/** Four tasks; the first is told, by a turn that took its time. */
async function createTold(options: { gatherFor?: Duration | false; around?: (resumer: Resumer) => Resumer } = {}) {
  const { gatherFor, around = (resumer) => resumer } = options;
  const scene = createRunnerScene();
  const runner = scene.runner({
    asked: () => scene.clock.advance(turnMs),
    resumer: around(createLocalResumer({ clock: scene.clock })),
    ...(gatherFor === undefined ? {} : { gatherFor }),
  });
  await runner.start();
  const [a, b, c, d] = await Promise.all(
    ['a', 'b', 'c', 'd'].map((script) => scene.dispatch({ arguments: { script } })),
  );
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('Four are dispatched.');
  await scene.complete(a.id, 'a');
  await runner.idle();
  const told = () => scene.calls.map((call) => call.told.toSorted());
  const timers = scene.clock.waiting;
  /** A result comes, and waits for others. */
  const landed = async (id: string, result: string) => {
    await scene.complete(id, result);
    await until(() => scene.clock.waiting > timers);
  };
  return { ...scene, runner, told, landed, b, c, d };
}

describe('results that land close together', () => {
  it('are told at once where nobody knows yet what a turn takes', async () => {
    const { told } = await createTold();
    expect(told()).toEqual([['a']]);
  });

  it('are told in one turn, after a third of what the last one took', async () => {
    const { clock, runner, told, landed, complete, b, c } = await createTold();
    await landed(b.id, 'b');
    await clock.advance(turnMs / 3 - 1);
    await complete(c.id, 'c');
    expect(told()).toEqual([['a']]);
    await clock.advance(1);
    await runner.idle();
    expect(told()).toEqual([['a'], ['b', 'c']]);
  });

  it('are told as soon as nothing more is pending', async () => {
    const { runner, told, landed, complete, b, c, d } = await createTold();
    await landed(b.id, 'b');
    await complete(c.id, 'c');
    await complete(d.id, 'd');
    await runner.idle();
    expect(told()).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('wait no longer than the app allows', async () => {
    const { clock, runner, told, landed, b } = await createTold({ gatherFor: 20 });
    await landed(b.id, 'b');
    await clock.advance(20);
    await runner.idle();
    expect(told()).toEqual([['a'], ['b']]);
  });

  it('are told one by one where the app wants that', async () => {
    const { runner, told, complete, b, c } = await createTold({ gatherFor: false });
    await complete(b.id, 'b');
    await runner.idle();
    await complete(c.id, 'c');
    await runner.idle();
    expect(told()).toEqual([['a'], ['b'], ['c']]);
  });

  it('are told at a later look where the wake that had waited could not be carried out', async () => {
    let wakes = 0;
    const scene = await createTold({
      around: (resumer) => ({
        ...resumer,
        wake: async (scope) => {
          wakes += 1;
          if (wakes === 2) throw new Error('No connection.');
          await resumer.wake(scope);
        },
      }),
    });
    await scene.landed(scene.b.id, 'b');
    await scene.clock.advance(turnMs / 3);
    await scene.runner.idle();
    expect(scene.errors).toMatchObject([{ message: 'No connection.' }]);
    await scene.clock.advance(60_000);
    await until(() => scene.clock.waiting > 1);
    await scene.clock.advance(turnMs / 3);
    await scene.runner.idle();
    expect(scene.told()).toEqual([['a'], ['b']]);
  });

  it('are not lost when the runner stops meanwhile', async () => {
    const { clock, runner, told, landed, b } = await createTold();
    await landed(b.id, 'b');
    await runner.stop();
    expect(told()).toEqual([['a']]);
    await runner.start();
    await clock.advance(turnMs / 3);
    await runner.idle();
    expect(told()).toEqual([['a'], ['b']]);
  });
});
