import type { TaskStore } from '@latecall/core';
import type { ConformanceTest } from '../adapter-conformance.ts';
import { batchCases } from './cases/batches.ts';
import { claimCases } from './cases/claims.ts';
import { consumeCases } from './cases/consume.ts';
import { copyCases } from './cases/copies.ts';
import { countOpenCases } from './cases/count-open.ts';
import { createCases } from './cases/create.ts';
import { deadlineCases } from './cases/deadlines.ts';
import { deliveryCases } from './cases/deliveries.ts';
import { getCases } from './cases/get.ts';
import { hintCases } from './cases/hints.ts';
import { holdCases } from './cases/hold.ts';
import { lateResultCases } from './cases/late-results.ts';
import { listCases } from './cases/list.ts';
import { noteRaceCases } from './cases/note-races.ts';
import { noteCases } from './cases/notes.ts';
import { purgeCases } from './cases/purge.ts';
import { quarantineCases } from './cases/quarantine.ts';
import { questionCases } from './cases/questions.ts';
import { raceCases } from './cases/races.ts';
import { readyCases } from './cases/ready.ts';
import { scopeCases } from './cases/scopes.ts';
import { settleCases } from './cases/settle.ts';
import { sizeCases } from './cases/sizes.ts';
import { updateCases } from './cases/update.ts';
import type { StoreCases } from './store-cases.ts';

const suites: Readonly<Record<string, StoreCases>> = {
  create: createCases,
  get: getCases,
  list: listCases,
  countOpen: countOpenCases,
  update: updateCases,
  notes: noteCases,
  questions: questionCases,
  quarantine: quarantineCases,
  settle: settleCases,
  hold: holdCases,
  deadlines: deadlineCases,
  lateResults: lateResultCases,
  ready: readyCases,
  claim: claimCases,
  batches: batchCases,
  deliveries: deliveryCases,
  consume: consumeCases,
  scopes: scopeCases,
  races: raceCases,
  noteRaces: noteRaceCases,
  purge: purgeCases,
  hints: hintCases,
  sizes: sizeCases,
  copies: copyCases,
};

/**
 * What a store of Latecall must do, as tests of its methods: every verdict, every fixed word, races within one process,
 * hints, sizes. Not what needs several processes or a crash. Each test is given a store of its own.
 *
 * @param createStore Opens an empty store.
 * @param closeStore Called after each test with its store, also if the test failed.
 *
 * @example
 * for (const { name, run } of storeConformance({ createStore: createMemoryStore })) it(name, run);
 */
export function storeConformance<STORE extends TaskStore>(input: {
  createStore: () => STORE | Promise<STORE>;
  closeStore?: (store: STORE) => void | Promise<void>;
}): ConformanceTest[] {
  const { createStore, closeStore } = input;
  return Object.entries(suites).flatMap(([suite, cases]) =>
    Object.entries(cases).map(([name, play]) => ({
      name: `${suite}: ${name}`,
      run: async () => {
        const store = await createStore();
        try {
          await play(store);
        } finally {
          await closeStore?.(store);
        }
      },
    })),
  );
}
