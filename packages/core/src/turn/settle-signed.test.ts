import { expect, it } from 'vitest';
import { createScene, done, type Scene, scope } from '../../test/fixtures.ts';
import { settleSigned } from '../index.ts';

const take = ({ runtime, tools }: Scene, response: unknown) => settleSigned({ runtime, tools, scope, response });

it('settles a task with a response that somebody who has the secret signed', async () => {
  const scene = createScene();
  const request = await scene.dispatch();
  expect((await take(scene, await scene.respond(request, done('u')))).verdict).toBe('accepted');
});

it('takes nothing that nobody signed, and says so in the audit', async () => {
  const scene = createScene();
  const request = await scene.dispatch();
  const { signature: _, ...unsigned } = await scene.respond(request, done('u'));
  expect((await take(scene, unsigned)).verdict).toBe('unauthorized');
  expect((await take(scene, { id: request.id })).verdict).toBe('invalid');
  expect((await take(scene, 'nonsense')).verdict).toBe('unknown');
  expect(scene.reported('history.ignored')).toEqual(['unauthorized', 'invalid', 'unknown']);
  expect((await scene.task(request.id)).status).toBe('working');
});
