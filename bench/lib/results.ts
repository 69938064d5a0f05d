import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine, type Machine } from './machine.ts';

const folder = join(import.meta.dirname, '..', 'results');

/** What a benchmark leaves behind: committed, and read by `bench report`. */
export interface Result<DATA> {
  readonly name: string;
  readonly machine: Machine;
  /** How it was asked for. */
  readonly settings: { readonly [name: string]: unknown };
  readonly data: DATA;
}

export function writeResult<DATA>(name: string, settings: Result<DATA>['settings'], data: DATA): void {
  mkdirSync(folder, { recursive: true });
  const result: Result<DATA> = { name, machine: describeMachine(), settings, data };
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
}

export function readResult<DATA>(name: string): Result<DATA> | undefined {
  if (!readdirSync(folder).includes(`${name}.json`)) return undefined;
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Result<DATA>;
}
