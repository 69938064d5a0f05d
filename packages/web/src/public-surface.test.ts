import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as web from './index.ts';

it('exports what it says', () => {
  expect(new Set(Object.keys(web))).toEqual(
    new Set([
      'createCallbackRoute',
      'createChat',
      'createEventsRoute',
      'createTasksRoute',
      'createWebhookRoute',
      'verifyGitHub',
      'verifyStandardWebhook',
    ]),
  );
});

it('runs wherever there is fetch: it imports nothing but core and three libraries that do too', () => {
  const sources = globSync('*.ts', { cwd: import.meta.dirname }).filter((file) => !/\.test(-d)?\.ts$/.test(file));
  const imports = sources.flatMap((file) =>
    [...readFileSync(`${import.meta.dirname}/${file}`, 'utf8').matchAll(/ from '(?<from>[^'.][^']*)'/g)].map(
      ({ groups }) => groups?.from,
    ),
  );
  expect(new Set(imports)).toEqual(
    new Set(['@latecall/core', 'p-queue', 'resumable-stream/generic', 'standardwebhooks']),
  );
});
