// Loaded into each example before its own code (`node --import`): keeps what its Latecalls report to the audit, and, to
// compare it with, what their stores really did, in files that the check of the examples reads afterwards.
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';

const { LINEAGE_FOLDER } = process.env;

const adapters = new Map([
  ['@latecall/ai-sdk', new URL('./ai-sdk.ts', import.meta.url).href],
  ['@latecall/langchain', new URL('./langchain.ts', import.meta.url).href],
]);

/** A line into a file of this process. */
export function record(file: 'events' | 'truth', line: object): void {
  if (LINEAGE_FOLDER === undefined) return;
  appendFileSync(join(LINEAGE_FOLDER, `${file}.${process.pid}.jsonl`), `${JSON.stringify(line)}\n`);
}

// The wrappers themselves get the real thing.
registerHooks({
  resolve: (specifier, context, next) => {
    const wrapper = adapters.get(specifier);
    const asksForReal = wrapper === undefined || context.parentURL === wrapper;
    return asksForReal ? next(specifier, context) : { url: wrapper, shortCircuit: true };
  },
});
