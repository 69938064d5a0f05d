import { expect, it } from 'vitest';
import * as sqlite from './sqlite.ts';

it('exports exactly these names from ./sqlite at run time', () => {
  expect(Object.keys(sqlite)).toEqual(['sqliteStore']);
});
