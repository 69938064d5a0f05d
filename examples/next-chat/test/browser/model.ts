// The model of the tests: the one of the example, behind the strict OpenAI server, with gates.
import { createGate, type Gate, type ModelView, startOpenAIServer } from '@latecall/testing';
import { script } from '../../local/script.ts';

export interface TestModel {
  readonly url: string;
  /** So many calls were made so far. */
  readonly calls: number;
  /** Why the provider refused requests, if it did. */
  readonly refusals: readonly string[];
  /** Holds the next call back before its answer begins. */
  holdNext(): Held;
  /** Holds the next call in the middle of its answer. */
  holdNextInside(): Held;
  close(): Promise<void>;
}

interface Held extends Gate {
  /** The model was called, and waits. */
  readonly reached: Promise<ModelView>;
}

export async function startModel(): Promise<TestModel> {
  const holds: { place: 'before' | 'afterFirstChunk'; gate: Gate; reach: (view: ModelView) => void }[] = [];
  let calls = 0;
  const server = await startOpenAIServer({
    model: async (view) => {
      calls += 1;
      const reply = await script(view);
      const hold = holds.shift();
      if (hold === undefined) return reply;
      hold.reach(view);
      return { ...reply, [hold.place]: hold.gate.opened };
    },
  });
  const hold = (place: 'before' | 'afterFirstChunk'): Held => {
    const gate = createGate();
    const { promise: reached, resolve: reach } = Promise.withResolvers<ModelView>();
    holds.push({ place, gate, reach });
    return { ...gate, reached };
  };
  return {
    url: server.baseURL,
    get calls() {
      return calls;
    },
    get refusals() {
      return server.requests.flatMap(({ refusal }) => (refusal === undefined ? [] : [refusal.message]));
    },
    holdNext: () => hold('before'),
    holdNextInside: () => hold('afterFirstChunk'),
    close: server.close,
  };
}
