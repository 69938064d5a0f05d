import { expect, it } from 'vitest';
import { createFakeClock } from './fake-clock.ts';

it('stands still until it is told how far to go', async () => {
  const clock = createFakeClock(1_000);
  expect(clock.now()).toBe(1_000);
  await clock.advance(500);
  expect(clock.now()).toBe(1_500);
});

it('runs what is due in the order of its time, at its time', async () => {
  const clock = createFakeClock(0);
  const seen: [string, number][] = [];
  clock.schedule(() => void seen.push(['late', clock.now()]), 200);
  clock.schedule(() => void seen.push(['early', clock.now()]), 100);
  clock.schedule(() => void seen.push(['never', clock.now()]), 400);
  await clock.advance(300);
  expect(seen).toEqual([
    ['early', 100],
    ['late', 200],
  ]);
  expect(clock.next).toBe(400);
});

it('runs what a timer schedules within the span', async () => {
  const clock = createFakeClock(0);
  const seen: number[] = [];
  clock.schedule(() => {
    seen.push(clock.now());
    clock.schedule(() => void seen.push(clock.now()), 50);
  }, 100);
  await clock.advance(150);
  expect(seen).toEqual([100, 150]);
});

it('waits for what a timer does', async () => {
  const clock = createFakeClock(0);
  const seen: string[] = [];
  clock.schedule(async () => {
    await Promise.resolve();
    seen.push('done');
  }, 1);
  await clock.advance(1);
  expect(seen).toEqual(['done']);
});

it('does not run what was called off', async () => {
  const clock = createFakeClock(0);
  const cancel = clock.schedule(() => expect.unreachable(), 1);
  cancel();
  await clock.advance(1);
  expect(clock.next).toBeUndefined();
});
