import { createMemoryStore } from '@latecall/core';
import { describe, expect, it } from 'vitest';
import { storeConformance } from '../../index.ts';

describe('createMemoryStore', () => {
  for (const { name, run } of storeConformance({ createStore: createMemoryStore })) it(name, run);
});

describe('storeConformance', () => {
  it('gives every test a name of its own', () => {
    const names = storeConformance({ createStore: createMemoryStore }).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('closes the store after a test that failed', async () => {
    const closed: unknown[] = [];
    const broken = { ...createMemoryStore(), get: () => Promise.reject(new Error('broken')) };
    const tests = storeConformance({ createStore: () => broken, closeStore: (store) => void closed.push(store) });
    const reading = tests.find(({ name }) => name.startsWith('get: '));
    await expect(reading?.run()).rejects.toThrow('broken');
    expect(closed).toEqual([broken]);
  });
});
