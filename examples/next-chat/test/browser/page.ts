// What a person does with the page, and what they look at.
import type { Locator, Page } from 'playwright-core';

export async function say(page: Page, text: string): Promise<void> {
  const input = page.getByRole('textbox', { name: 'Message' });
  await input.fill(text);
  await page.getByRole('button', { name: 'Send', exact: true }).last().waitFor(); // while an answer streams it is Stop
  await input.press('Enter');
}

/** The cards of dispatched calls in this state. */
export function cards(page: Page, status: string): Locator {
  return page.locator(`.call[data-status="${status}"]:has([data-latecall="card"])`);
}

/** Waits until a text stands among the messages. */
export async function reads(page: Page, text: string | RegExp, timeout = 20_000): Promise<void> {
  await page.getByRole('log').getByText(text).first().waitFor({ timeout });
}

/** How often a text stands among the messages. */
export function count(page: Page, text: string | RegExp): Promise<number> {
  return page.getByRole('log').getByText(text).count();
}

/** Waits until the page hears the server. */
export async function connected(page: Page): Promise<void> {
  await page.getByText('Connecting').waitFor({ state: 'detached' });
}
