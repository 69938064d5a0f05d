import { expectTypeOf, it } from 'vitest';
import type { AsyncFunctionResponse, Json, Outcome, Settlement, TaskError } from '../index.ts';

interface Video {
  readonly url: string;
}

it('narrows by its status', () => {
  const read = (outcome: Outcome<Video>) => {
    switch (outcome.status) {
      case 'completed':
        expectTypeOf(outcome.result).toEqualTypeOf<Video>();
        break;
      case 'failed':
        expectTypeOf(outcome.error).toEqualTypeOf<TaskError>();
        break;
      case 'cancelled':
      case 'expired':
      case 'withheld':
        expectTypeOf(outcome.reason).toEqualTypeOf<string | undefined>();
        break;
      default:
        expectTypeOf(outcome).toBeNever();
    }
  };
  expectTypeOf(read).toBeFunction();
});

it('has a result only when it is completed', () => {
  // @ts-expect-error the status must be looked at first
  (outcome: Outcome<Video>) => outcome.result;
});

it('is any JSON unless said otherwise', () => {
  expectTypeOf<Extract<Outcome, { status: 'completed' }>['result']>().toEqualTypeOf<Json>();
});

it('carries the result type of its response', () => {
  expectTypeOf<AsyncFunctionResponse<Video>['outcome']>().toEqualTypeOf<Outcome<Video>>();
});

it('that may be brought is never withheld or expired', () => {
  expectTypeOf<Settlement['status']>().toEqualTypeOf<'completed' | 'failed' | 'cancelled'>();
  expectTypeOf<Settlement<Video>>().toExtend<Outcome<Video>>();
});
