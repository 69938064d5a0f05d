import { LatecallError } from '@latecall/core';
import type { WebhookVerifier } from './webhook-route.ts';

/**
 * Verifies GitHub's `X-Hub-Signature-256` by Web Crypto, in constant time. GitHub signs the body alone: a delivery can
 * be sent again at any time, and is a duplicate then. Choose `application/json` for the webhook.
 *
 * @param options.secret As it was set at GitHub; several while secrets are being exchanged.
 * @throws {LatecallError} with code `invalid_secret` if a secret is empty.
 */
export function verifyGitHub(options: { secret: string | readonly string[] }): WebhookVerifier {
  const secrets = [options.secret].flat();
  if (secrets.length === 0 || secrets.includes('')) {
    throw new LatecallError({
      code: 'invalid_secret',
      message: 'verifyGitHub needs the secret that was set for the webhook at GitHub; it must not be empty.',
    });
  }
  return async ({ headers, body }) => {
    const [, hex] = /^sha256=([0-9a-f]{64})$/.exec(headers.get('x-hub-signature-256') ?? '') ?? [];
    if (hex === undefined) return false;
    const signature = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    const verdicts = await Promise.all(secrets.map((secret) => fits(secret, signature, body)));
    return verdicts.includes(true);
  };
}

async function fits(
  secret: string,
  signature: Uint8Array<ArrayBuffer>,
  body: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), hmac, false, ['verify']);
  return crypto.subtle.verify('HMAC', key, signature, body);
}
