import { afterAll, describe, expect, it } from 'vitest';
import { closeBrowser, startApp } from './app.ts';
import { chromiumMissing } from './chromium.ts';
import { cards, reads, say } from './page.ts';

describe.skipIf(chromiumMissing)('for a screen reader and a keyboard', () => {
  afterAll(closeBrowser);

  it('the page has its landmarks, names and roles', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await say(page, 'Render a video about tides');
    const order = await app.outside.order('video');
    await order.post({ progress: { fraction: 0.4, message: 'Frame 96 of 240' } });
    await reads(page, 'Frame 96 of 240');
    for (const role of ['banner', 'main', 'log'] as const) await page.getByRole(role).waitFor();
    await page.getByRole('navigation', { name: 'Agent' }).waitFor();
    await page.getByRole('list', { name: 'Suggestions' }).waitFor();
    await page.getByRole('textbox', { name: 'Message' }).waitFor();
    await page.getByRole('button', { name: 'Send' }).waitFor();
    const bar = cards(page, 'working').getByRole('progressbar');
    expect(await bar.getAttribute('aria-valuenow')).toBe('40');
    const tree = await page.locator('body').ariaSnapshot();
    expect(tree).toMatch(/progressbar "[^"]+"/);
    expect(tree).toMatch(/button "[^"]*[Cc]ancel[^"]*"/);
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll('button, a, input, select, textarea')]
        .filter((element) => {
          const labels = 'labels' in element ? [...((element.labels as NodeList | null) ?? [])] : [];
          return !element.textContent?.trim() && !element.getAttribute('aria-label') && labels.length === 0;
        })
        .map((element) => element.outerHTML),
    );
    expect(nameless).toEqual([]);
  });

  it('everything can be done without a mouse', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await page.getByRole('textbox', { name: 'Message' }).focus();
    await page.keyboard.type('Book a table for four on Friday');
    await page.keyboard.press('Enter');
    const order = await app.outside.order('table');
    await order.post({ inputRequest: { key: 'time', message: 'At what time?' } });
    const card = cards(page, 'input_required');
    await card.waitFor();
    const tabTo = async (match: (name: string) => boolean) => {
      for (let steps = 0; steps < 60; steps += 1) {
        await page.keyboard.press('Tab');
        const name = await page.evaluate(() => {
          const { activeElement: element } = document;
          const inCard = element?.closest('.call') !== null;
          return `${inCard ? 'card ' : ''}${element?.tagName} ${element?.textContent}`;
        });
        if (match(name)) return;
      }
      throw new Error('It cannot be reached with the Tab key.');
    };
    await tabTo((name) => /^card (INPUT|TEXTAREA)/.test(name));
    await page.keyboard.type('19:30');
    await page.keyboard.press('Enter');
    expect(await app.outside.answer()).toEqual({ key: 'time', answer: '19:30' });
    await cards(page, 'working').waitFor();
    await tabTo((name) => /^card BUTTON .*cancel/i.test(name));
    await page.keyboard.press('Enter');
    await reads(page, 'It was cancelled');
    expect(order.calledOff).toBe(true);
  });

  it('what has become of a pending call is announced', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await say(page, 'Render a video about tides');
    const order = await app.outside.order('video');
    await cards(page, 'working').waitFor();
    await order.complete({ url: 'https://videos.example/one.mp4', seconds: 10 });
    await page.getByRole('status').filter({ hasText: 'Render video: Completed' }).waitFor({ state: 'attached' });
    await reads(page, 'Your video is ready');
  });
});
