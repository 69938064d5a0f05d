import { describe, expect, it } from 'vitest';
import { createLanes } from './lanes.ts';

/** Work that says when it begins and ends, and ends when it is told to. */
function createWork(told: string[], name: string) {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work = async () => {
    told.push(`${name} begins`);
    await ended;
    told.push(`${name} ends`);
  };
  return { work, end };
}

describe('lanes', () => {
  it('let work on one key go one after the other, in its order, and on other keys beside it', async () => {
    const lanes = createLanes();
    const told: string[] = [];
    const [one, two, other] = ['one', 'two', 'other'].map((name) => createWork(told, name));
    if (one === undefined || two === undefined || other === undefined) throw new Error('There are three.');
    const first = lanes.run('a', one.work);
    const second = lanes.run('a', two.work);
    const beside = lanes.run('b', other.work);
    other.end();
    two.end();
    await beside;
    expect(told).toEqual(['one begins', 'other begins', 'other ends']);
    one.end();
    await Promise.all([first, second]);
    expect(told.slice(3)).toEqual(['one ends', 'two begins', 'two ends']);
  });

  it('go on behind work that fails', async () => {
    const lanes = createLanes();
    const failing = lanes.run('a', () => Promise.reject(new Error('broken')));
    const next = lanes.run('a', async () => {});
    await expect(failing).rejects.toThrow('broken');
    await next;
  });
});
