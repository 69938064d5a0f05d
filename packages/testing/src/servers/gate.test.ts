import { expect, test } from 'vitest';
import { createGate } from './gate.ts';

test('a gate holds until it is opened', async () => {
  const gate = createGate();
  const order: string[] = [];
  const passing = gate.opened.then(() => order.push('passed'));
  order.push('held');
  gate.open();
  gate.open();
  await passing;
  expect(order).toEqual(['held', 'passed']);
});
