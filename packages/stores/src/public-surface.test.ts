import { expect, it } from 'vitest';
import * as postgres from './postgres.ts';
import * as sqlite from './sqlite.ts';

it('exports exactly these names from ./sqlite at run time', () => {
  expect(Object.keys(sqlite)).toEqual(['sqliteStore']);
});

it('exports exactly these names from ./postgres at run time', () => {
  expect(Object.keys(postgres)).toEqual(['pglitePool', 'postgresStore']);
});
