import { expect, it } from 'vitest';
import * as surface from './index.ts';

it('exports these names and no others', () => {
  expect(Object.keys(surface).sort((a, b) => (a < b ? -1 : 1))).toEqual([
    'DispatchError',
    'EXHAUSTED',
    'LatecallError',
    'PENDING',
    'PendingError',
    'ResponseRefusedError',
    'UnknownHandleError',
    'asyncFunctionOutcomes',
    'asyncFunctionRequests',
    'asyncTool',
    'createAsyncFunctionResponse',
    'createAuditLog',
    'createBudget',
    'createLatecall',
    'createLocalResumer',
    'createMemoryStore',
    'createThreadRunner',
    'describeState',
    'isAsyncFunctionRequest',
    'isAsyncFunctionResponse',
    'isAsyncTool',
    'readAuditLog',
    'readLineage',
    'refreshUIMessages',
    'statusOf',
    'toAsyncUIMessageStream',
    'verifyAuditLog',
  ]);
});
