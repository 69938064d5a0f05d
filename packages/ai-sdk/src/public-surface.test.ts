import { expect, it } from 'vitest';
import * as surface from './index.ts';

it('exports these names and no others', () => {
  expect(Object.keys(surface).sort((a, b) => (a < b ? -1 : 1))).toEqual([
    'DispatchError',
    'LatecallError',
    'PENDING',
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
    'isAsyncFunctionRequest',
    'isAsyncFunctionResponse',
    'isAsyncTool',
    'refreshUIMessages',
    'statusOf',
    'toAsyncUIMessageStream',
  ]);
});
