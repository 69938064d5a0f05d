import { describe, expect, it } from 'vitest';
import { createDeferred, createFakeClock, thrownBy } from '../../test/fixtures.ts';
import { createLocalResumer, LatecallError, type LocalResumerOptions, type Scope, scopeKey } from '../index.ts';

const chat1: Scope = { tenant: 'acme', thread: 'chat-1' };
const chat2: Scope = { tenant: 'acme', thread: 'chat-2' };

/** A resumer whose deliveries end when the test says so, each with its own handle. */
async function createDesk(options: LocalResumerOptions = {}) {
  const clock = createFakeClock();
  const resumer = createLocalResumer({ clock, ...options });
  const deliveries: { scope: Scope; end: () => void; fail: () => void }[] = [];
  const take = (scope: Scope) => {
    const { promise, resolve, reject } = createDeferred();
    deliveries.push({ scope, end: () => resolve(), fail: () => reject(new Error('broken')) });
    return promise;
  };
  const stop = await resumer.start(take);
  /** Lets what is going on end, and waits for what follows from it at once. */
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { clock, resumer, deliveries, take, stop, settle };
}

describe('createLocalResumer', () => {
  it('delivers a wake, once', async () => {
    const { resumer, deliveries } = await createDesk();
    await resumer.wake(chat1);
    deliveries[0]?.end();
    await resumer.idle();
    expect(deliveries.map(({ scope }) => scope)).toEqual([chat1]);
  });

  it('delivers what was woken before it was started, once however often', async () => {
    const resumer = createLocalResumer({ clock: createFakeClock() });
    for (const scope of [chat1, chat2, chat1]) await resumer.wake(scope);
    const woken: string[] = [];
    await resumer.start(async (scope) => void woken.push(scopeKey(scope)));
    await resumer.idle();
    expect(woken).toEqual([scopeKey(chat1), scopeKey(chat2)]);
  });

  it('delivers one scope at a time, and one more for all wakes during it', async () => {
    const { resumer, deliveries, settle } = await createDesk();
    for (let wakes = 0; wakes < 5; wakes += 1) await resumer.wake(chat1);
    await settle();
    expect(deliveries).toHaveLength(1);
    deliveries[0]?.end();
    await settle();
    expect(deliveries).toHaveLength(2);
    deliveries[1]?.end();
    await resumer.idle();
    expect(deliveries).toHaveLength(2);
  });

  it('delivers two scopes at once', async () => {
    const { resumer, deliveries } = await createDesk();
    await resumer.wake(chat1);
    await resumer.wake(chat2);
    expect(deliveries.map(({ scope }) => scope)).toEqual([chat1, chat2]);
  });

  it('tries again when the handler throws, each time later, up to a bound', async () => {
    const { clock, resumer, deliveries, settle } = await createDesk({ retryAfter: '1s', retryAtMost: '3s' });
    await resumer.wake(chat1);
    for (const ms of [1_000, 2_000, 3_000, 3_000]) {
      const before = deliveries.length;
      deliveries.at(-1)?.fail();
      await settle();
      await clock.advance(ms - 1);
      expect(deliveries).toHaveLength(before);
      await clock.advance(1);
      expect(deliveries).toHaveLength(before + 1);
    }
  });

  it('waits as for the first time once a delivery has gone well', async () => {
    const { clock, resumer, deliveries, settle } = await createDesk({ retryAfter: '1s' });
    await resumer.wake(chat1);
    deliveries[0]?.fail();
    await settle();
    await clock.advance(1_000);
    deliveries[1]?.end();
    await settle();
    await resumer.wake(chat1);
    deliveries[2]?.fail();
    await settle();
    await clock.advance(1_000);
    expect(deliveries).toHaveLength(4);
  });

  it('does not try again at once when it was woken during a delivery that threw', async () => {
    const { clock, resumer, deliveries, settle } = await createDesk();
    await resumer.wake(chat1);
    await resumer.wake(chat1);
    deliveries[0]?.fail();
    await settle();
    expect(deliveries).toHaveLength(1);
    await clock.advance(1_000);
    expect(deliveries).toHaveLength(2);
  });

  it('delivers a wake that comes while a retry waits, instead of the retry', async () => {
    const { clock, resumer, deliveries, settle } = await createDesk();
    await resumer.wake(chat1);
    deliveries[0]?.fail();
    await settle();
    await resumer.wake(chat1);
    expect(deliveries).toHaveLength(2);
    deliveries[1]?.end();
    await resumer.idle();
    await clock.advance(10_000);
    expect(deliveries).toHaveLength(2);
  });

  it('stops when the deliveries under way have ended, and begins no other', async () => {
    const { clock, resumer, deliveries, stop, settle } = await createDesk();
    await resumer.wake(chat1);
    await resumer.wake(chat2);
    deliveries[1]?.fail();
    await settle();
    let stopped = false;
    const stopping = stop().then(() => {
      stopped = true;
    });
    await resumer.wake(chat1);
    await settle();
    expect([stopped, clock.waiting]).toEqual([false, 0]);
    deliveries[0]?.end();
    await stopping;
    expect(deliveries).toHaveLength(2);
  });

  it('delivers at the next start what a stop left undelivered', async () => {
    const { resumer, deliveries, take, stop, settle } = await createDesk();
    await resumer.wake(chat1);
    await resumer.wake(chat2);
    deliveries[1]?.fail();
    await settle();
    const stopping = stop();
    await resumer.wake(chat1);
    deliveries[0]?.end();
    await stopping;
    await resumer.start(take);
    expect(deliveries.slice(2).map(({ scope }) => scope)).toEqual([chat1, chat2]);
  });

  it('sets no timer for a delivery that throws after the stop', async () => {
    const { clock, resumer, deliveries, stop } = await createDesk();
    await resumer.wake(chat1);
    const stopping = stop();
    deliveries[0]?.fail();
    await stopping;
    expect(clock.waiting).toBe(0);
  });

  it('takes another handler once the first has been stopped, and no second one before', async () => {
    const { resumer, stop, take, deliveries } = await createDesk();
    const error = await thrownBy(() => resumer.start(take));
    expect(LatecallError.isInstance(error, 'already_started')).toBe(true);
    await stop();
    await resumer.start(take);
    await stop(); // the first one's: without effect on the second
    await resumer.wake(chat1);
    expect(deliveries).toHaveLength(1);
  });

  it('refuses a wait that is none', () => {
    expect(() => createLocalResumer({ retryAfter: 0 })).toThrow(LatecallError);
  });
});
