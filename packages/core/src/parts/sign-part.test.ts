import { describe, expect, it } from 'vitest';
import { createScene, done, scope, secret } from '../../test/fixtures.ts';
import {
  createAsyncFunctionResponse,
  createSigner,
  parseAsyncFunctionRequest,
  signRequest,
  signResponse,
  verifyRequest,
  verifyResponse,
} from '../index.ts';

const signer = createSigner(secret);

async function signedParts() {
  const request = await createScene({ tools: { render: { deadline: '1h' } } }).dispatch();
  const response = await signResponse(
    signer,
    createAsyncFunctionResponse({ request, result: { url: 'u', size: 0 }, settledAt: 0 }),
  );
  return { request, response };
}

describe('createSigner', () => {
  it.each(['', 'fifteen bytes..', new Uint8Array(15)])('refuses a secret below 16 bytes (case %#)', (weak) => {
    expect(() => createSigner(weak)).toThrow(expect.objectContaining({ code: 'weak_secret' }));
  });

  it('counts the bytes of a secret, not its characters', () => {
    expect(() => createSigner('éééééééé')).not.toThrow();
  });

  it('signs alike with a text and with its bytes', async () => {
    const { request } = await signedParts();
    const other = createSigner(new TextEncoder().encode(secret));
    expect(await verifyRequest(other, scope, request)).toBe(true);
  });

  it('does not follow a change of the bytes that it was given', async () => {
    const { request } = await signedParts();
    const bytes = new TextEncoder().encode(secret);
    const other = createSigner(bytes);
    bytes.fill(0);
    expect(await verifyRequest(other, scope, request)).toBe(true);
  });
});

describe('verifyRequest', () => {
  it('knows our own request again, after a JSON round trip and whatever the order of its keys', async () => {
    const { request } = await signedParts();
    const reversed = Object.fromEntries(Object.entries(request).reverse());
    expect(await verifyRequest(signer, scope, parseAsyncFunctionRequest(reversed))).toBe(true);
  });

  it.each([
    ['id', { id: 'task_other' }],
    ['handle', { handle: 'render_xxxx' }],
    ['arguments', { functionCall: { callId: 'c1', name: 'render', arguments: { script: 'b' } } }],
    ['call id', { functionCall: { callId: 'c2', name: 'render', arguments: { script: 'a' } } }],
    ['receipt', { dispatchResult: { job: 'job-2' } }],
    ['time', { dispatchedAt: '2026-01-02T00:00:00.000Z' }],
    ['deadline', { deadlineAt: '2036-01-01T00:00:00.000Z' }],
  ])('refuses one whose %s was changed', async (_, change) => {
    const { request } = await signedParts();
    expect(await verifyRequest(signer, scope, { ...request, ...change })).toBe(false);
  });

  it('refuses one whose deadline was taken away', async () => {
    const { deadlineAt: _, ...request } = (await signedParts()).request;
    expect(await verifyRequest(signer, scope, request)).toBe(false);
  });

  it.each([
    { tenant: 'other', thread: scope.thread },
    { thread: scope.thread },
    { ...scope, thread: 'chat-2' },
    { ...scope, branch: 'b' },
  ])('refuses one that was moved to the scope %j', async (other) => {
    const { request } = await signedParts();
    expect(await verifyRequest(signer, other, request)).toBe(false);
  });

  it('refuses one that was signed with another secret', async () => {
    const { request } = await signedParts();
    const theirs = await signRequest(createSigner('a secret of somebody else'), scope, request);
    expect(await verifyRequest(signer, scope, theirs)).toBe(false);
  });

  it.each(['', 'not base64url!', 'AAAA', '===='])('refuses the signature %j without throwing', async (signature) => {
    const { request } = await signedParts();
    expect(await verifyRequest(signer, scope, { ...request, signature })).toBe(false);
  });

  it('refuses one without a signature', async () => {
    const { signature: _, ...request } = (await signedParts()).request;
    expect(await verifyRequest(signer, scope, request)).toBe(false);
  });
});

describe('verifyResponse', () => {
  it('knows our own response again', async () => {
    const { response } = await signedParts();
    expect(await verifyResponse(signer, JSON.parse(JSON.stringify(response)))).toBe(true);
  });

  it.each([
    ['id', { id: 'task_other' }],
    ['result', { outcome: done({ url: 'evil', size: 0 }) }],
    ['outcome', { outcome: { status: 'cancelled' } as const }],
  ])('refuses one whose %s was changed', async (_, change) => {
    const { response } = await signedParts();
    expect(await verifyResponse(signer, { ...response, ...change })).toBe(false);
  });
});
