import { Webhook } from 'standardwebhooks';
import type { WebhookVerifier } from './webhook-route.ts';

/**
 * Verifies what is signed as <https://www.standardwebhooks.com> says (`webhook-id`, `webhook-timestamp`,
 * `webhook-signature`); refuses what is older or newer than five minutes by the machine's clock.
 *
 * @param options.secret As the sender gave it, with or without `whsec_`; several while secrets are being exchanged.
 * @throws {Error} if a secret is not base64 or empty.
 */
export function verifyStandardWebhook(options: { secret: string | readonly string[] }): WebhookVerifier {
  const webhooks = [options.secret].flat().map((secret) => new Webhook(secret));
  return ({ headers, body }) => {
    // The library takes a time with anything behind it, and reads bytes that are no text as if they were.
    if (!/^\d{1,15}$/.test(headers.get('webhook-timestamp') ?? '')) return false;
    const text = decode(body);
    return text !== undefined && webhooks.some((webhook) => fits(webhook, text, Object.fromEntries(headers)));
  };
}

function fits(webhook: Webhook, text: string, headers: Record<string, string>): boolean {
  try {
    webhook.verify(text, headers, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}

function decode(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
}
