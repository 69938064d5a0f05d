import { adapterConformance } from '@latecall/testing';
import { describe, it } from 'vitest';
import { aiSdk } from '../test/conformance-adapter.ts';

describe('adapter conformance', () => {
  for (const { name, run } of adapterConformance({ adapter: aiSdk })) it(name, run);
});
