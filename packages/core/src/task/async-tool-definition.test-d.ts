import { expectTypeOf, it } from 'vitest';
import type { AsyncToolDefinition, DispatchContext, ToolDefinitions } from '../index.ts';

interface Input {
  readonly script: string;
}
interface Video {
  readonly url: string;
}
type Tool = AsyncToolDefinition<Input, Video, { job: string }>;

it('types its input, its receipt and its result apart', () => {
  expectTypeOf<Parameters<Tool['dispatch']>>().toEqualTypeOf<[input: Input, context: DispatchContext]>();
  expectTypeOf<ReturnType<Tool['dispatch']>>().toExtend<{ job: string } | PromiseLike<{ job: string }>>();
  expectTypeOf<Parameters<NonNullable<Tool['onResult']>>[0]>().toEqualTypeOf<Video>();
});

it('does not take a receipt for a result in onResult', () => {
  const tool: Tool = {
    dispatch: () => ({ job: 'job-1' }),
    // @ts-expect-error the receipt is not the result
    onResult: () => ({ job: 'job-1' }),
  };
  expectTypeOf(tool).toEqualTypeOf<Tool>();
});

it('may be kept with others, whatever their types', () => {
  expectTypeOf<Map<string, Tool>>().toExtend<ToolDefinitions>();
});
