import { expect, it } from 'vitest';
import * as surface from './index.ts';

it('exports these names and no others', () => {
  expect(Object.keys(surface).sort((a, b) => (a < b ? -1 : 1))).toEqual([
    'AsyncTool',
    'DispatchError',
    'LatecallError',
    'PendingError',
    'ResponseRefusedError',
    'asyncFunctionOutcomes',
    'asyncFunctionRequests',
    'asyncTool',
    'createAsyncFunctionResponse',
    'createLatecall',
    'createLocalResumer',
    'createMemoryStore',
    'createThreadRunner',
    'isAsyncFunctionEvent',
    'isAsyncFunctionRequest',
    'isAsyncFunctionResponse',
    'isAsyncTool',
    'statusOf',
    'withoutPlaceholders',
  ]);
});
