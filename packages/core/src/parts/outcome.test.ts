import { describe, expect, it } from 'vitest';
import { EXPIRED, expiry, type Outcome, toOutcome, toSettlement } from '../index.ts';

describe('toOutcome', () => {
  it('gives expiry, which is stored as a failure, its own word', () => {
    expect(toOutcome(expiry())).toEqual({ status: 'expired', reason: 'The deadline passed before a result came.' });
  });

  it.each([
    { status: 'completed', result: 0 },
    { status: 'failed', error: { message: 'no', code: 'x' } },
    { status: 'cancelled', reason: 'enough' },
  ] as const)('tells %j as it is stored', (settlement) => {
    expect(toOutcome(settlement)).toEqual(settlement);
  });
});

describe('toSettlement', () => {
  it('stores expiry as a failure with its code', () => {
    expect(toSettlement({ status: 'expired' })).toEqual(expiry());
    expect(toSettlement({ status: 'expired', reason: 'gave up' })).toEqual({
      status: 'failed',
      error: { code: EXPIRED, message: 'gave up' },
    });
  });

  it('has nothing for withheld, which nobody may bring', () => {
    expect(toSettlement({ status: 'withheld' })).toBeUndefined();
  });

  it.each<Outcome>([
    { status: 'completed', result: null },
    { status: 'failed', error: { message: 'no' } },
    { status: 'cancelled' },
    { status: 'expired', reason: 'gave up' },
  ])('keeps %j over both ways', (outcome) => {
    const settlement = toSettlement(outcome);
    expect(settlement === undefined ? undefined : toOutcome(settlement)).toEqual(outcome);
  });
});
