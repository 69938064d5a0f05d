import type { InferUITools, ToolSet, UIDataTypes, UIMessage } from 'ai';
import type { AsyncTool } from '../async-tool.ts';
import type { AsyncFunctionDataParts } from './async-function-data.ts';

/** The tools as a UI sees them: the output of an async tool is its result, since the UI never sees the request. */
export type InferAsyncUITools<TOOLS extends ToolSet> = {
  [NAME in keyof TOOLS & string]: TOOLS[NAME] extends AsyncTool<
    infer INPUT,
    infer RESULT,
    infer _RECEIPT,
    infer _CONTEXT
  >
    ? { input: INPUT; output: RESULT }
    : InferUITools<TOOLS>[NAME];
};

/**
 * The UI messages of a chat with these tools: tool parts typed by result, and `data-async-function` parts. Give it to
 * `useChat` too.
 *
 * @example
 * export type ChatMessage = AsyncUIMessage<typeof tools>;
 */
export type AsyncUIMessage<
  TOOLS extends ToolSet,
  METADATA = unknown,
  // biome-ignore lint/complexity/noBannedTypes: no further data parts, as an intersection wants it
  DATA extends UIDataTypes = {},
> = UIMessage<METADATA, DATA & AsyncFunctionDataParts, InferAsyncUITools<TOOLS>>;
