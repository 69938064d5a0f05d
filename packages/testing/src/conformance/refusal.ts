import assert from 'node:assert/strict';
import {
  type AsyncFunctionResponse,
  type Json,
  LatecallError,
  type ResponseRefusedError,
  type Verdict,
} from '@latecall/core';
import type { Scene } from './scene.ts';

/** In the store the verdict says so; in the messages the next run does, before any model call. Nothing has changed. */
export async function assertRefused(
  scene: Scene,
  response: AsyncFunctionResponse<Json>,
  verdict: Verdict,
  text: RegExp,
): Promise<void> {
  const before = scene.history;
  const requests = scene.server.requests.length;
  const [told] = await scene.respond([response]);
  if (scene.variant.keeping === 'store') {
    assert.equal(told?.verdict, verdict);
    assert.match(told.message, text);
  } else {
    await assert.rejects(scene.run(), (error) => isRefusal(error, verdict, text));
    scene.history = before;
  }
  assert.equal(scene.server.requests.length, requests);
}

/** What a run throws that finds a response in its messages which cannot be taken. */
export function isRefusal(error: unknown, verdict: Verdict, text: RegExp): boolean {
  assert.ok(LatecallError.isInstance(error, 'response_refused'), String(error));
  const { verdicts } = error as ResponseRefusedError; // the code belongs to this class
  assert.deepEqual(
    verdicts.map((told) => told.verdict),
    [verdict],
  );
  assert.match(error.message, text);
  return true;
}

/** The message as somebody without the secret would write it. */
export function unsigned(message: Json): Json {
  return JSON.parse(
    JSON.stringify(message, (key, value: unknown) => (key === 'signature' ? undefined : value)),
  ) as Json;
}
