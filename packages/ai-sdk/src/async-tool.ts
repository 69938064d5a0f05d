import {
  type AsyncFunctionRequest,
  type AsyncToolDefinition,
  type AsyncToolSettings,
  type DispatchContext,
  isAsyncFunctionRequest,
  type Json,
  LatecallError,
  placeholder,
} from '@latecall/core';
import type { FlexibleSchema, Tool, ToolExecutionOptions } from 'ai';
import { LATECALL } from './carrier.ts';
import type { ToolOutput } from './host-types.ts';

/** What `dispatch` is given beside its input: core's context, and the host's. */
export interface AsyncToolContext<CONTEXT> extends DispatchContext {
  readonly toolCallId: string;
  /** The tool's entry in `toolsContext`. */
  readonly context: CONTEXT;
}

/** What an async tool is declared with. Everything but the fields described here is as in `tool` of the AI SDK. */
export interface AsyncToolOptions<INPUT, RESULT, RECEIPT, CONTEXT> extends AsyncToolSettings<INPUT, RESULT> {
  readonly description?: string;
  readonly inputSchema: FlexibleSchema<INPUT>;
  readonly contextSchema?: FlexibleSchema<CONTEXT>;
  /** Starts the work and returns a receipt at once. Called at least once per `idempotencyKey`. */
  readonly dispatch: (input: INPUT, context: AsyncToolContext<CONTEXT>) => RECEIPT | PromiseLike<RECEIPT>;
  /** How a model reads the result. @default text for a string, JSON for anything else */
  readonly toModelOutput?: (result: {
    toolCallId: string;
    input: INPUT;
    output: RESULT;
  }) => ToolOutput | PromiseLike<ToolOutput>;
  /** What people may see of the receipt in a UI. @default nothing */
  readonly publicReceipt?: (receipt: RECEIPT) => Json;
  readonly providerOptions?: NonNullable<Tool['providerOptions']>;
  readonly metadata?: NonNullable<Tool['metadata']>;
  readonly strict?: boolean;
  readonly inputExamples?: { input: INPUT }[];
}

/** What {@link asyncTool} keeps of its options for Latecall. */
export interface AsyncFunction<INPUT, RESULT, RECEIPT, CONTEXT>
  extends AsyncToolSettings<INPUT, RESULT>,
    Pick<AsyncToolDefinition, 'resolve'>,
    Pick<AsyncToolOptions<INPUT, RESULT, RECEIPT, CONTEXT>, 'dispatch' | 'toModelOutput' | 'publicReceipt'> {}

/**
 * A tool of the AI SDK whose result comes later: what a step sees as its output is the request, never the result.
 */
export type AsyncTool<INPUT, RESULT, RECEIPT, CONTEXT> = Tool<INPUT, AsyncFunctionRequest<INPUT, RECEIPT>, CONTEXT> & {
  readonly execute: (
    input: INPUT,
    options: ToolExecutionOptions<CONTEXT>,
  ) => Promise<AsyncFunctionRequest<INPUT, RECEIPT>>;
  readonly asyncFunction: AsyncFunction<INPUT, RESULT, RECEIPT, CONTEXT>;
};

// biome-ignore lint/suspicious/noExplicitAny: any async tool; the AI SDK's own ToolSet is spelled this way
export type AnyAsyncTool = AsyncTool<any, any, any, any>;

/** The type of an async tool's result. */
export type InferAsyncFunctionResult<TOOL> =
  TOOL extends AsyncTool<infer _INPUT, infer RESULT, infer _RECEIPT, infer _CONTEXT> ? RESULT : never;

/** How a bound tool reaches the Latecall it belongs to; travels in the execution options through any decorator. */
export type Dispatcher = (
  definition: AsyncFunction<unknown, unknown, unknown, unknown>,
  input: unknown,
  options: ToolExecutionOptions<unknown>,
) => Promise<AsyncFunctionRequest<Json, Json>>;

const dispatcher: unique symbol = Symbol.for('latecall.dispatcher');

/** The options with the dispatcher in them. */
export function withDispatcher<OPTIONS extends object>(options: OPTIONS, dispatch: Dispatcher): OPTIONS {
  return { ...options, [dispatcher]: dispatch };
}

/**
 * Declares a tool whose call *dispatches* work and whose result comes later. Hand it to `wrap` of a Latecall together
 * with your other tools.
 *
 * @example
 * const renderVideo = asyncTool({
 *   description: 'Render a video from a script',
 *   inputSchema: z.object({ script: z.string() }),
 *   resultSchema: z.object({ url: z.url() }),
 *   dispatch: (input, { callback, idempotencyKey }) => renderFarm.submit({ ...input, callback, idempotencyKey }),
 *   deadline: '15m',
 * });
 */
export function asyncTool<INPUT, RESULT = unknown, RECEIPT = unknown, CONTEXT = unknown>(
  options: AsyncToolOptions<INPUT, RESULT, RECEIPT, CONTEXT>,
): AsyncTool<INPUT, RESULT, RECEIPT, CONTEXT> {
  const {
    resultSchema,
    dispatch,
    onResult,
    onCancel,
    onInput,
    lateResult,
    staleResult,
    idempotencyKey,
    dependsOn,
    deadline,
    dispatchTimeout,
    onInterruptedDispatch,
    mode,
    delivery,
    scheduling,
    toModelOutput,
    publicReceipt,
    ...host
  } = options;
  const asyncFunction = {
    dispatch,
    ...defined({
      resultSchema,
      onResult,
      onCancel,
      onInput,
      lateResult,
      staleResult,
      idempotencyKey,
      dependsOn,
      deadline,
      dispatchTimeout,
      onInterruptedDispatch,
      mode,
      delivery,
      scheduling,
      toModelOutput,
      publicReceipt,
    }),
  };
  const tool = {
    ...host,
    asyncFunction,
    execute: async (input: INPUT, execution: ToolExecutionOptions<CONTEXT>) => {
      const bound = (execution as { [dispatcher]?: Dispatcher })[dispatcher];
      if (bound === undefined) throw unboundTool();
      return bound(asyncFunction as AsyncFunction<unknown, unknown, unknown, unknown>, input, execution);
    },
    toModelOutput: ({ toolCallId, input, output }: { toolCallId: string; input: unknown; output: unknown }) =>
      isAsyncFunctionRequest(output)
        ? placeholderOutput(output)
        : resultOutput({ asyncFunction, toolCallId, input, result: output }),
  };
  // What `dispatch` returned is in the request that `execute` gives; the host's Tool type cannot follow that.
  return tool as unknown as AsyncTool<INPUT, RESULT, RECEIPT, CONTEXT>;
}

/** `true` for a tool made by {@link asyncTool}, however often it was copied or decorated since. */
export function isAsyncTool(tool: unknown): tool is AnyAsyncTool {
  return typeof tool === 'object' && tool !== null && 'asyncFunction' in tool && tool.asyncFunction !== undefined;
}

/** The placeholder as the host stores it: the text for the model, and the request riding on it. */
function placeholderOutput(request: AsyncFunctionRequest): ToolOutput {
  const value = placeholder(request.handle) as JsonOutput;
  return { type: 'json', value, providerOptions: { [LATECALL]: { request: { ...request } as JsonObject } } };
}

/** A real result, as the tool wants a model to read it. */
export function resultOutput(parts: {
  asyncFunction: Pick<AsyncFunction<never, never, never, never>, 'toModelOutput'> | undefined;
  toolCallId: string;
  input: unknown;
  result: unknown;
}): ToolOutput | PromiseLike<ToolOutput> {
  const { asyncFunction, toolCallId, input, result } = parts;
  if (asyncFunction?.toModelOutput !== undefined) {
    // The input was checked by inputSchema and the result by resultSchema of this very tool.
    return asyncFunction.toModelOutput({ toolCallId, input: input as never, output: result as never });
  }
  return typeof result === 'string' ? { type: 'text', value: result } : { type: 'json', value: result as JsonOutput };
}

type JsonOutput = Extract<ToolOutput, { type: 'json' }>['value'];
type JsonObject = Extract<JsonOutput, object>;

function defined<FIELDS extends object>(fields: FIELDS): { [KEY in keyof FIELDS]: Exclude<FIELDS[KEY], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [KEY in keyof FIELDS]: Exclude<FIELDS[KEY], undefined> };
}

/** What an async tool says when nothing ties it to a conversation. */
export function unboundTool(): LatecallError {
  return new LatecallError({
    code: 'unbound_tool',
    message:
      'An async tool was executed outside of Latecall. Spread wrap({ model, tools, scope }) of createLatecall() into generateText, streamText or ToolLoopAgent instead of passing the tools themselves.',
  });
}
