import { afterAll, describe, expect, it } from 'vitest';
import { closeBrowser, screenshot, startApp } from './app.ts';
import { chromiumMissing } from './chromium.ts';
import { cards, reads, say } from './page.ts';

describe.skipIf(chromiumMissing)('a call', () => {
  afterAll(closeBrowser);

  it('that needs an approval is dispatched when it was given, and gets its result later', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await say(page, 'Pay the invoice of Nordwind');
    const approval = page.getByRole('region', { name: 'Approval: Pay invoice' });
    await approval.waitFor();
    await screenshot(page, 'approval');
    expect(app.outside.orders).toHaveLength(0);
    await page.reload();
    await approval.getByRole('button', { name: 'Approve' }).click();
    const order = await app.outside.order('payment');
    await cards(page, 'working').waitFor();
    await approval.waitFor({ state: 'detached' });
    await screenshot(page, 'approved-and-working');
    await order.complete({ reference: 'NW-1' });
    await reads(page, 'Paid. The bank’s reference is NW-1.');
    expect(app.outside.orders).toHaveLength(1);
    expect(app.model.refusals).toEqual([]);
  });

  it('that was not approved is not dispatched', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await say(page, 'Pay the invoice of Nordwind');
    await page.getByRole('button', { name: 'Refuse' }).click();
    await reads(page, 'You did not allow it.');
    expect(app.outside.orders).toHaveLength(0);
  });

  it('whose outside asks a question shows a form, and the answer reaches the outside', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await say(page, 'Book a table for four on Friday');
    const order = await app.outside.order('table');
    const schema = {
      type: 'object',
      properties: { time: { type: 'string', title: 'Time', enum: ['18:30', '19:30'] } },
      required: ['time'],
    };
    await order.post({ inputRequest: { key: 'time', message: 'At what time?', schema } });
    const card = cards(page, 'input_required');
    await card.getByText('At what time?').waitFor();
    await screenshot(page, 'question');
    await card.getByRole('combobox', { name: 'Time' }).selectOption('19:30');
    await card.getByRole('button', { name: /send|answer/i }).click();
    expect(await app.outside.answer()).toEqual({ key: 'time', answer: { time: '19:30' } });
    await card.waitFor({ state: 'detached' });
    await order.complete({ table: 'a table for four', time: '19:30' });
    await reads(page, 'Booked: a table for four, at 19:30.');
    await screenshot(page, 'question-answered');
  });

  it('that fails says why', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await say(page, 'Print my poster');
    const order = await app.outside.order('poster');
    await order.post({ status: 'failed', error: { message: 'No paper.' } });
    await reads(page, 'That did not work. I was told: No paper.');
    await cards(page, 'failed').waitFor();
    await screenshot(page, 'failed');
  });

  it('that the user cancels is called off outside', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await say(page, 'Render a video about tides');
    const order = await app.outside.order('video');
    await cards(page, 'working')
      .getByRole('button', { name: /cancel/i })
      .click();
    await reads(page, 'It was cancelled');
    await cards(page, 'cancelled').waitFor();
    await screenshot(page, 'cancelled');
    expect(order.calledOff).toBe(true);
    expect(await order.complete({ url: 'https://videos.example/x.mp4', seconds: 1 })).toBe(410);
  });

  it('that nobody answers expires, and the model is told', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await say(page, 'Ask the supplier for a price');
    const order = await app.outside.order('supplier');
    await cards(page, 'working').waitFor();
    await screenshot(page, 'deadline-counting-down');
    await reads(page, 'Nobody answered in time');
    await cards(page, 'expired').waitFor();
    await screenshot(page, 'expired');
    expect(await order.complete({ euros: 1 })).toBe(410);
  });

  it('that is overdue and welcome all the same brings its result late', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await say(page, 'Measure the tide at Brest');
    const order = await app.outside.order('tide');
    await reads(page, 'No answer in time. If one comes after all, I will tell you.');
    await cards(page, 'expired').waitFor();
    await screenshot(page, 'overdue-but-welcome');
    expect(await order.complete({ centimetres: 412 })).toBe(202);
    await reads(page, 'The buoy has answered: the tide stands at 412 cm.');
    await screenshot(page, 'overdue-then-welcome');
    expect(app.model.refusals).toEqual([]);
  });

  it('whose result is withheld shows that, and never the result', async () => {
    await using app = await startApp();
    const page = await app.open('/chat/a');
    await say(page, 'Show me the payroll report');
    const order = await app.outside.order('payroll');
    expect(await order.complete({ total: 987654, confidential: true })).toBe(202);
    await reads(page, 'A result has come, but I may not see it');
    await cards(page, 'withheld').waitFor();
    await screenshot(page, 'withheld');
    await page.reload();
    await cards(page, 'withheld').waitFor();
    expect(await page.content()).not.toContain('987654');
  });

  it('looks the same in the dark and on a phone', async () => {
    await using app = await startApp();
    const phone = { viewport: { width: 390, height: 844 } };
    const looks = {
      'phone-light': phone,
      'desktop-dark': { colorScheme: 'dark' as const },
      'phone-dark': { ...phone, colorScheme: 'dark' as const },
    };
    for (const [name, look] of Object.entries(looks)) {
      const page = await app.open(`/chat/${name}`, look);
      await screenshot(page, `empty-${name}`);
      await say(page, 'Render a video about tides');
      const video = await app.outside.order('video');
      await video.post({ progress: { fraction: 0.6, message: 'Frame 144 of 240' } });
      await reads(page, 'Frame 144 of 240');
      await say(page, 'Book a table for four on Friday');
      const schema = {
        type: 'object',
        properties: {
          time: { type: 'string', title: 'Time', enum: ['18:30', '19:30'] },
          place: { type: 'string', title: 'Place', enum: ['inside', 'terrace'] },
        },
        required: ['time', 'place'],
      };
      const table = await app.outside.order('table');
      await table.post({ inputRequest: { key: 'time', message: 'At what time, and where?', schema } });
      await cards(page, 'input_required').waitFor();
      await screenshot(page, `two-pending-${name}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      expect(wide, `${name} scrolls sideways`).toBe(false);
      await page.close();
    }
  });
});
