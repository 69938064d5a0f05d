import { afterAll, describe, expect, it } from 'vitest';
import { closeBrowser, screenshot, startApp } from './app.ts';
import { chromiumMissing } from './chromium.ts';
import { cards, reads, say } from './page.ts';

describe.skipIf(chromiumMissing)('the audit page', () => {
  afterAll(closeBrowser);

  it('shows dispatches, outcomes and the turns that were told, as a picture and in words', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await say(page, 'Render a video about tides');
    const video = await app.outside.order('video');
    await video.post({ progress: { fraction: 0.4, message: 'Frame 96 of 240' } });
    await reads(page, 'Frame 96 of 240');
    await say(page, 'Print my poster');
    const poster = await app.outside.order('poster');
    await cards(page, 'working').nth(1).waitFor();
    await poster.post({ status: 'failed', error: { message: 'No paper.' } });
    await reads(page, 'That did not work');
    await video.complete({ url: 'https://videos.example/one.mp4', seconds: 10 });
    await reads(page, 'Your video is ready');
    await say(page, 'Book a table for four on Friday');
    await app.outside.order('table');
    await cards(page, 'working').waitFor();

    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('heading', { name: 'Audit of conversation a' }).waitFor();
    await page.getByText('The log is intact').waitFor();
    await page.getByRole('img', { name: /3 dispatched calls and \d model turns/ }).waitFor();
    const states = await page
      .locator('.lane')
      .evaluateAll((lanes) => lanes.map((lane) => lane.getAttribute('data-state')));
    expect(states).toEqual(['completed', 'failed', 'working']);
    expect(await page.locator('.lane .told').count()).toBe(2);
    expect(await page.locator('.turn').count()).toBeGreaterThanOrEqual(4);
    await page.getByText(/Turn \d was told: completed/).waitFor();
    await screenshot(page, 'audit-desktop-light');
    await page.emulateMedia({ colorScheme: 'dark' });
    await screenshot(page, 'audit-desktop-dark');
    await page.setViewportSize({ width: 390, height: 844 });
    await screenshot(page, 'audit-phone-dark');
    expect(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)).toBe(false);
  });

  it('goes along with what happens', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await say(page, 'Print my poster');
    const poster = await app.outside.order('poster');
    await cards(page, 'working').waitFor();
    const audit = await app.open('/audit/a');
    await audit.locator('.lane[data-state="working"]').waitFor();
    await poster.complete({ pickUp: 'Harbour Street 3' });
    await audit.locator('.lane[data-state="completed"]').waitFor();
  });
});
