import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as react from './index.ts';

it('exports what it says', () => {
  expect(new Set(Object.keys(react))).toEqual(
    new Set([
      'AsyncFunctionCard',
      'AsyncFunctionQuestion',
      'createChatTransport',
      'formatDuration',
      'PendingTray',
      'useAsyncFunctions',
      'useCountdown',
      'useElapsed',
    ]),
  );
});

const sources = globSync('*.{ts,tsx}', { cwd: import.meta.dirname })
  .filter((file) => !/\.test(-d)?\.tsx?$/.test(file))
  .map((file) => ({ file, text: readFileSync(`${import.meta.dirname}/${file}`, 'utf8') }));

it('brings no code of core into a page: types only', () => {
  const imports = sources.flatMap(({ text }) => text.match(/^import .* from '@latecall\/core';$/gm) ?? []);
  expect(imports.length).toBeGreaterThan(0);
  expect(imports.filter((line) => !line.startsWith('import type'))).toEqual([]);
});

it('may be imported by a page of the server: what uses hooks is marked', () => {
  const unmarked = sources.filter(({ text }) => /\buse[A-Z]\w+\(/.test(text) && !text.startsWith("'use client';"));
  expect(unmarked.map(({ file }) => file)).toEqual([]);
});
