import { afterAll, describe, expect, it } from 'vitest';
import { closeBrowser, screenshot, startApp } from './app.ts';
import { chromiumMissing } from './chromium.ts';
import { cards, connected, count, reads, say } from './page.ts';

const video = { url: 'https://videos.example/one.mp4', seconds: 10 };

describe.skipIf(chromiumMissing)('the LangChain page', () => {
  afterAll(closeBrowser);

  it('lets the user speak while a call is pending, and brings the result late', async () => {
    await using app = await startApp();
    const page = await app.open('/langchain/a');
    await say(page, 'Render a video about tides');
    const order = await app.outside.order('video');
    await cards(page, 'working').waitFor();
    await order.post({ progress: { fraction: 0.4, message: 'Frame 96 of 240' } });
    await reads(page, 'Frame 96 of 240');
    await screenshot(page, 'langchain-working');
    await say(page, 'What is the weather in Oslo?');
    await reads(page, 'In Oslo it is 14');
    await order.complete(video);
    await reads(page, /Your video is ready: .*one.mp4/);
    await cards(page, 'working').waitFor({ state: 'detached' });
    await screenshot(page, 'langchain-late');
    expect(app.model.refusals).toEqual([]);
  });

  it('tells a result once, with two tabs and a delivery that is repeated', async () => {
    await using app = await startApp();
    const page = await app.open('/langchain/a');
    await say(page, 'Render a video about tides');
    const order = await app.outside.order('video');
    await cards(page, 'working').waitFor();
    const beside = await app.openBeside(page);
    await cards(beside, 'working').waitFor();
    const statuses = await Promise.all([order.complete(video), order.complete(video)]);
    expect(statuses.sort()).toEqual([200, 202]);
    for (const tab of [page, beside]) {
      await reads(tab, /Your video is ready/);
      expect(await count(tab, /Your video is ready/)).toBe(1);
      await cards(tab, 'completed').first().waitFor();
    }
    expect(app.model.calls).toBe(2);
  });

  it('goes on after its server was killed and started again', async () => {
    await using app = await startApp();
    const page = await app.open('/langchain/a');
    await say(page, 'Render a video about tides');
    const order = await app.outside.order('video');
    await cards(page, 'working').waitFor();
    await app.kill();
    await app.start();
    await connected(page);
    await order.complete(video);
    await reads(page, /Your video is ready/);
    expect(app.outside.orders).toHaveLength(1);
    expect(app.model.refusals).toEqual([]);
  });

  it('asks the user what the outside asks', async () => {
    await using app = await startApp();
    const page = await app.open('/langchain/a');
    await say(page, 'Book a table for four on Friday');
    const order = await app.outside.order('table');
    await order.post({ inputRequest: { key: 'time', message: 'At what time?' } });
    const card = cards(page, 'input_required');
    await card.getByRole('textbox').fill('19:30');
    await card.getByRole('button', { name: /send|answer/i }).click();
    expect(await app.outside.answer()).toEqual({ key: 'time', answer: '19:30' });
    await order.complete({ table: 'a table for four', time: '19:30' });
    await reads(page, 'Booked: a table for four, at 19:30.');
  });

  it('shows failures and cancellations', async () => {
    await using app = await startApp();
    const page = await app.open('/langchain/a');
    await say(page, 'Print my poster');
    await (await app.outside.order('poster')).post({ status: 'failed', error: { message: 'No paper.' } });
    await reads(page, 'That did not work. I was told: No paper.');
    await cards(page, 'failed').first().waitFor();
    await say(page, 'Render a video about tides');
    const order = await app.outside.order('video');
    await cards(page, 'working')
      .getByRole('button', { name: /cancel/i })
      .click();
    await reads(page, 'It was cancelled');
    expect(order.calledOff).toBe(true);
  });
});
