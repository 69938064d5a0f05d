import { StreamChannel, type StreamTransformer } from '@langchain/langgraph';
import { type AsyncFunctionEvent, isAsyncFunctionEvent } from './events.ts';

/** What `streamEvents` v3 has under `run.extensions`. */
export interface AsyncFunctionsExtension {
  /** Dispatches and outcomes, as they happen. `run.toolCalls` counts a dispatched call as finished; this does not. */
  readonly asyncFunctions: StreamChannel<AsyncFunctionEvent>;
}

/** Brings Latecall's events to readers of `streamEvents` v3. */
export function asyncFunctionsTransformer(): StreamTransformer<AsyncFunctionsExtension> {
  const asyncFunctions = StreamChannel.local<AsyncFunctionEvent>();
  return {
    init: () => ({ asyncFunctions }),
    process: ({ method, params }) => {
      const { data } = params as { data?: { payload?: unknown } };
      if (method === 'custom' && isAsyncFunctionEvent(data?.payload)) asyncFunctions.push(data.payload);
      return true;
    },
  };
}
