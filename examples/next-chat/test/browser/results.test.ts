import { afterAll, describe, expect, it } from 'vitest';
import { closeBrowser, screenshot, startApp } from './app.ts';
import { chromiumMissing } from './chromium.ts';
import { cards, count, reads, say } from './page.ts';

const video = (name: string) => ({ url: `https://videos.example/${name}.mp4`, seconds: 10 });

describe.skipIf(chromiumMissing)('a result', () => {
  afterAll(closeBrowser);

  it('comes into the open page, with progress before', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await screenshot(page, 'empty-desktop-light');
    await say(page, 'Render a video about tides');
    const order = await app.outside.order('video');
    await cards(page, 'working').waitFor();
    expect(await order.post({ progress: { fraction: 0.4, message: 'Frame 96 of 240' } })).toBe(202);
    await reads(page, 'Frame 96 of 240');
    expect(await cards(page, 'working').getByRole('progressbar').getAttribute('aria-valuenow')).toBe('40');
    await screenshot(page, 'working-desktop-light');
    expect(await order.complete(video('one'))).toBe(202);
    await reads(page, /Your video is ready: .*one.mp4/);
    await cards(page, 'completed').waitFor();
    await screenshot(page, 'completed-desktop-light');
    expect(app.model.calls).toBe(2);
    expect(app.model.refusals).toEqual([]);
  });

  it('does not keep the user from speaking while it is pending, and comes late after the conversation moved on', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await say(page, 'Render a video about tides');
    const order = await app.outside.order('video');
    await cards(page, 'working').waitFor();
    await say(page, 'What is the weather in Oslo?');
    await reads(page, 'In Oslo it is 14');
    expect(await cards(page, 'working').count()).toBe(1);
    await screenshot(page, 'user-speaks-while-pending');
    await order.complete(video('late'));
    await reads(page, /Your video is ready: .*late.mp4/);
    await reads(page, 'Render video, late:');
    await cards(page, 'working').waitFor({ state: 'detached' });
    await screenshot(page, 'late-after-the-conversation-moved-on');
    const texts = await page.getByRole('log').textContent();
    expect(texts).toMatch(/In Oslo it is.*Your video is ready/s);
    expect(app.model.refusals).toEqual([]);
  });

  it('is told once with two tabs open, by one model run', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await say(page, 'Render a video about tides');
    const order = await app.outside.order('video');
    await cards(page, 'working').waitFor();
    const beside = await app.openBeside(page);
    await cards(beside, 'working').waitFor();
    await order.complete(video('both'));
    for (const tab of [page, beside]) {
      await reads(tab, /Your video is ready: .*both.mp4/);
      expect(await count(tab, /Your video is ready/)).toBe(1);
    }
    expect(app.model.calls).toBe(2);
  });

  it('is there after a reload before it came', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await say(page, 'Render a video about tides');
    const order = await app.outside.order('video');
    await cards(page, 'working').waitFor();
    await page.reload();
    await cards(page, 'working').waitFor();
    await order.complete(video('one'));
    await reads(page, /Your video is ready: .*one.mp4/);
    expect(app.model.calls).toBe(2);
  });

  it('is there after a reload while it is being told', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await say(page, 'Render a video about tides');
    const order = await app.outside.order('video');
    await cards(page, 'working').waitFor();
    const held = app.model.holdNextInside();
    await order.complete(video('one'));
    await reads(page, 'Your video');
    await page.reload();
    await reads(page, 'Your video');
    held.open();
    await reads(page, /Your video is ready: .*one.mp4/);
    expect(await count(page, /Your video is ready/)).toBe(1);
    expect(app.model.calls).toBe(2);
  });

  it('is there after a reload when it was told', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await say(page, 'Render a video about tides');
    await (await app.outside.order('video')).complete(video('one'));
    await reads(page, /Your video is ready: .*one.mp4/);
    await page.reload();
    await reads(page, /Your video is ready: .*one.mp4/);
    await cards(page, 'completed').waitFor();
    expect(app.model.calls).toBe(2);
  });

  it('is told although no tab was open', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await say(page, 'Render a video about tides');
    const order = await app.outside.order('video');
    await cards(page, 'working').waitFor();
    await page.close();
    const held = app.model.holdNext();
    await order.complete(video('one'));
    await held.reached;
    held.open();
    const again = await app.open('/chat/a');
    await reads(again, /Your video is ready: .*one.mp4/);
    expect(app.model.calls).toBe(2);
  });

  it('that comes while another answer is streaming is told after it', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await say(page, 'Render a video about tides');
    const order = await app.outside.order('video');
    await cards(page, 'working').waitFor();
    const held = app.model.holdNextInside();
    await say(page, 'Hello there');
    await reads(page, 'You said');
    expect(await order.complete(video('one'))).toBe(202);
    held.open();
    await reads(page, /Try one of the suggestions/);
    await reads(page, /Your video is ready: .*one.mp4/);
    expect(await count(page, /Your video is ready/)).toBe(1);
    expect(app.model.calls).toBe(3);
    expect(app.model.refusals).toEqual([]);
  });

  it('that comes before the dispatching stream has ended is told once', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    const finished = app.outside.order('video').then((order) => order.complete(video('one')));
    await say(page, 'Render a video about tides');
    expect(await finished).toBe(202);
    await reads(page, /Your video is ready: .*one.mp4/);
    await cards(page, 'completed').waitFor();
    expect(await count(page, /Your video is ready/)).toBe(1);
    expect(app.model.calls).toBe(2);
    expect(app.model.refusals).toEqual([]);
  });

  it('that is delivered twice is told once', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await say(page, 'Render a video about tides');
    const order = await app.outside.order('video');
    await cards(page, 'working').waitFor();
    const statuses = await Promise.all([order.complete(video('one')), order.complete(video('one'))]);
    expect(statuses.sort()).toEqual([200, 202]);
    await reads(page, /Your video is ready: .*one.mp4/);
    expect(await order.complete(video('one'))).toBe(200);
    expect(await order.complete(video('two'))).toBe(409);
    await page.reload();
    await reads(page, /Your video is ready: .*one.mp4/);
    expect(await count(page, /Your video is ready/)).toBe(1);
    expect(app.model.calls).toBe(2);
  });
});
