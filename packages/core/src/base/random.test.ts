import { describe, expect, it } from 'vitest';
import { createSeededBytes } from '../../test/fixtures.ts';
import { createId, cryptoRandomBytes } from '../index.ts';

describe('createId', () => {
  it('is its prefix and 128 random bits, safe in URLs', () => {
    expect(createId('task', cryptoRandomBytes)).toMatch(/^task_[A-Za-z0-9_-]{22}$/);
  });

  it('is not made twice', () => {
    const ids = Array.from({ length: 1000 }, () => createId('task', cryptoRandomBytes));
    expect(new Set(ids).size).toBe(1000);
  });

  it('takes all its randomness from the bytes it is given', () => {
    expect(createId('task', createSeededBytes(7))).toBe(createId('task', createSeededBytes(7)));
  });
});
