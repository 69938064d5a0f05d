// Plants each bug of mutants/*.patch in a copy of the repository and requires that the named test fails there.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { copyWorkspace } from './lib/copy-workspace.ts';
import { inParallel } from './lib/in-parallel.ts';
import { judgePatched, judgeUnpatched } from './lib/judge-mutant.ts';
import { readMutants } from './lib/read-mutants.ts';
import { createReport } from './lib/report.ts';
import { temporaryFolder } from './lib/temporary-folder.ts';
import { rootFolder } from './lib/workspace.ts';

const report = createReport();
const { positionals: names } = parseArgs({ allowPositionals: true });
const mutants = readMutants({ folder: join(rootFolder, 'mutants'), names });

// Each worker plants its bugs in a copy of its own.
const [first, second] = [temporaryFolder('mutants'), temporaryFolder('mutants')];
const copies = [first, second];
const nameWidth = Math.max(...mutants.map(({ name }) => name.length));
for (const to of copies) await copyWorkspace({ from: rootFolder, to });

const unfit = await judgeUnpatched({ mutants, folder: first });

await inParallel(mutants, copies.length, async (mutant, worker) => {
  const folder = copies[worker] ?? first;
  const { caught, word, output } = unfit.get(mutant) ?? (await judgePatched({ mutant, folder }));
  const name = `law ${mutant.law.padEnd(2)}  ${mutant.name.padEnd(nameWidth)}  by ${mutant.test}`;
  report.add({ ok: caught, word, name, output });
});

report.finish();
