import { adapterConformance } from '@latecall/testing';
import { describe, it } from 'vitest';
import { langchain } from '../test/conformance-adapter.ts';

const noOpenCalls = 'no chat model of LangChain has calls that stay open';

const exclude = {
  'an async call and an approval in one turn: each gets its own answer':
    'humanInTheLoopMiddleware holds back every call of a turn until all decisions are there: see human-in-the-loop.test.ts',
  'native: two late results, one of them a failure, enter a conversation that goes on': noOpenCalls,
  'native: a run whose calls were all left open has nothing new, and makes no model call': noOpenCalls,
};

describe('adapter conformance', () => {
  for (const { name, excluded, run } of adapterConformance({ adapter: langchain, exclude })) {
    it.skipIf(excluded !== undefined)(excluded === undefined ? name : `${name} (${excluded})`, run);
  }
});
