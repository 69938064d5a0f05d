import { expectTypeOf, it } from 'vitest';
import type { AsyncFunctionRequest, AsyncFunctionResponse, Json } from '../index.ts';

interface Video {
  readonly url: string;
}
type Request = AsyncFunctionRequest<{ script: string }, { job: string }>;

it('is never a response, and a response is never a request', () => {
  expectTypeOf<AsyncFunctionRequest>().not.toExtend<AsyncFunctionResponse>();
  expectTypeOf<AsyncFunctionResponse>().not.toExtend<AsyncFunctionRequest>();
});

it('is never the result, whatever the receipt looks like', () => {
  expectTypeOf<Request>().not.toExtend<Video>();
  expectTypeOf<AsyncFunctionRequest<unknown, Video>>().not.toExtend<Video>();
  const useResult = (video: Video) => video.url;
  // @ts-expect-error a request is not a result
  (request: AsyncFunctionRequest<unknown, Video>) => useResult(request);
  // @ts-expect-error a receipt of the wrong shape is not a result either
  (request: Request) => useResult(request.dispatchResult);
});

it('is told from a response by its type', () => {
  const read = (part: Request | AsyncFunctionResponse<Video>) => {
    if (part.type === 'async-function-request') expectTypeOf(part).toEqualTypeOf<Request>();
    else expectTypeOf(part).toEqualTypeOf<AsyncFunctionResponse<Video>>();
  };
  expectTypeOf(read).toBeFunction();
});

it('keeps the types of input and receipt', () => {
  expectTypeOf<Request['functionCall']['arguments']>().toEqualTypeOf<{ script: string }>();
  expectTypeOf<Request['dispatchResult']>().toEqualTypeOf<{ job: string }>();
});

it('is plain JSON as far as its input and receipt are', () => {
  expectTypeOf<AsyncFunctionRequest<Json, Json>>().toExtend<object>();
  expectTypeOf<AsyncFunctionRequest['deadlineAt']>().toEqualTypeOf<string | undefined>();
});
