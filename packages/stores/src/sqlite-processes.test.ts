import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, it } from 'vitest';
import { processConformance } from '../test/process-conformance.ts';

const folder = mkdtempSync(join(tmpdir(), 'latecall-processes-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const createDatabase = () => {
  files += 1;
  return join(folder, `${files}.db`);
};

describe('sqliteStore in several processes', { timeout: 60_000 }, () => {
  for (const { name, run } of processConformance({ kind: 'sqlite', createDatabase })) it(name, run);
});
