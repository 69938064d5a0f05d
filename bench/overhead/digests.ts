import { repeated, type Work } from '../lib/alternate.ts';

const utf8 = new TextEncoder();
const hmac = { name: 'HMAC', hash: 'SHA-256' };

/**
 * What an async call asks of Web Crypto: the ids of the turn that makes it and of the turn that is told its result, the
 * key of its dispatch, and the signatures of its request and of its consumption. One after the other, since each is made
 * of the one before. What remains of an async call if nothing else cost anything.
 */
export async function digestsOfCall(): Promise<Work> {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const key = await crypto.subtle.importKey('raw', secret, hmac, false, ['sign']);
  const text = (index: number) => utf8.encode(`${index} ${'x'.repeat(400)}`);
  return repeated(async (index) => {
    for (let digest = 0; digest < 3; digest++) await crypto.subtle.digest('SHA-256', text(index));
    for (let signature = 0; signature < 2; signature++) await crypto.subtle.sign('HMAC', key, text(index));
  });
}
