import type { CallbackManagerForToolRun } from '@langchain/core/callbacks/manager';
import type { MessageContent, ToolMessage } from '@langchain/core/messages';
import {
  DynamicStructuredTool,
  type StructuredToolInterface,
  type ToolRunnableConfig,
  type ToolSchemaBase,
} from '@langchain/core/tools';
import type { InferInteropZodInput, InferInteropZodOutput, InteropZodType } from '@langchain/core/utils/types';
import {
  type AsyncToolDefinition,
  type AsyncToolSettings,
  type DispatchContext,
  type Json,
  LatecallError,
} from '@latecall/core';
import type { HostConfig } from './host-config.ts';

/** What a tool's function is given for a schema: what a Zod schema makes of the model's arguments. */
export type InputOf<SCHEMA> = SCHEMA extends InteropZodType ? InferInteropZodOutput<SCHEMA> : unknown;

/** What a model writes for a schema. */
export type WrittenOf<SCHEMA> = SCHEMA extends InteropZodType ? InferInteropZodInput<SCHEMA> : Record<string, unknown>;

/** What `dispatch` is given beside its input: core's context, and the host's. */
export interface AsyncToolContext extends DispatchContext {
  readonly toolCallId: string;
  /** The run's config, with `configurable`, `context` and `writer`; of the run that repeats an interrupted dispatch. */
  readonly config: HostConfig;
}

/** What an async tool keeps for Latecall. */
export interface AsyncToolFields<INPUT, RESULT, RECEIPT> extends AsyncToolSettings<INPUT, RESULT> {
  /**
   * What a dispatch that failed leads to: an honest tool message of status `error`; or a throw, for a retry middleware
   * or a ToolNode that handles errors itself. In `createAgent` with a `wrapToolCall` middleware that lets it through, a
   * throw ends the whole run. @default 'tool-message'
   */
  readonly onDispatchError?: 'tool-message' | 'throw';
  /** How a result enters a conversation that has moved on. @default 'auto' */
  readonly delivery?: Exclude<NonNullable<AsyncToolDefinition['delivery']>, 'native'>;
  /** How a model reads the result. @default text for a string, JSON for anything else */
  readonly toModelOutput?: (result: {
    toolCallId: string;
    input: INPUT;
    output: RESULT;
  }) => MessageContent | PromiseLike<MessageContent>;
  /** What people may see of the receipt in a UI. @default nothing */
  readonly publicReceipt?: (receipt: RECEIPT) => Json;
}

/** What an async tool is declared with. */
export interface AsyncToolOptions<NAME extends string, SCHEMA extends ToolSchemaBase, RESULT, RECEIPT>
  extends AsyncToolFields<InputOf<SCHEMA>, RESULT, RECEIPT> {
  readonly name: NAME;
  /** @default `${name} tool` */
  readonly description?: string;
  /** A Zod schema, or a JSON schema. */
  readonly inputSchema: SCHEMA;
  /** Starts the work and returns a receipt at once. Called at least once per `idempotencyKey`. */
  readonly dispatch: (input: InputOf<SCHEMA>, context: AsyncToolContext) => RECEIPT | PromiseLike<RECEIPT>;
  /** Provider-specific fields of the tool. */
  readonly extras?: Record<string, unknown>;
}

/** What {@link asyncTool} keeps of its options for Latecall. */
export interface AsyncFunction<INPUT, RESULT, RECEIPT>
  extends AsyncToolFields<INPUT, RESULT, RECEIPT>,
    Pick<AsyncToolDefinition, 'resolve'> {
  readonly dispatch: (input: INPUT, context: AsyncToolContext) => RECEIPT | PromiseLike<RECEIPT>;
}

/** Runs one call of a tool that belongs to a Latecall. What the model wrote is in the config. */
export type CallTool = (tool: AnyAsyncTool, config: ToolRunnableConfig) => Promise<ToolMessage>;

/**
 * A tool of LangChain whose result comes later. What it returns is the placeholder, a `ToolMessage` whose `artifact`
 * carries the request; never the result.
 */
export class AsyncTool<
  NAME extends string,
  SCHEMA extends ToolSchemaBase,
  RESULT,
  RECEIPT,
> extends DynamicStructuredTool<SCHEMA, InputOf<SCHEMA>, unknown, ToolMessage, unknown, NAME> {
  readonly asyncFunction: AsyncFunction<InputOf<SCHEMA>, RESULT, RECEIPT>;
  /** Set by `wrap`, on a copy. @internal */
  readonly callTool?: CallTool;

  constructor(fields: {
    name: NAME;
    description: string;
    schema: SCHEMA;
    extras?: Record<string, unknown> | undefined;
    asyncFunction: AsyncFunction<InputOf<SCHEMA>, RESULT, RECEIPT>;
  }) {
    const { asyncFunction, extras, ...declared } = fields;
    const func = () => Promise.reject(unboundTool(declared.name)); // see _call
    super({ ...declared, ...(extras === undefined ? {} : { extras }), func });
    this.asyncFunction = asyncFunction;
  }

  override async _call(
    _input: InputOf<SCHEMA>,
    _runManager?: CallbackManagerForToolRun,
    config: ToolRunnableConfig = {},
  ): Promise<ToolMessage> {
    const call = this.callTool;
    if (call === undefined) throw unboundTool(this.name);
    return call(this as unknown as AnyAsyncTool, config); // any tool of this class is one
  }
}

// biome-ignore lint/suspicious/noExplicitAny: any async tool
export type AnyAsyncTool = AsyncTool<string, any, any, any>;

/** The type of an async tool's result. */
export type InferAsyncFunctionResult<TOOL> =
  TOOL extends AsyncTool<infer _NAME, infer _SCHEMA, infer RESULT, infer _RECEIPT> ? RESULT : never;

/**
 * Declares a tool whose call *dispatches* work and whose result comes later. Hand it to `wrap` of a Latecall together
 * with your other tools.
 *
 * @example
 * const renderVideo = asyncTool({
 *   name: 'render_video',
 *   description: 'Render a video from a script',
 *   inputSchema: z.object({ script: z.string() }),
 *   resultSchema: z.object({ url: z.url() }),
 *   dispatch: (input, { callback, idempotencyKey }) => renderFarm.submit({ ...input, callback, idempotencyKey }),
 *   deadline: '15m',
 * });
 */
export function asyncTool<
  const NAME extends string,
  SCHEMA extends ToolSchemaBase,
  RESULT = unknown,
  RECEIPT = unknown,
>(options: AsyncToolOptions<NAME, SCHEMA, RESULT, RECEIPT>): AsyncTool<NAME, SCHEMA, RESULT, RECEIPT>;
/**
 * Makes an async tool from one that you have: what it returns is the receipt from now on, with `content_and_artifact`
 * the pair of both. It is given the dispatch's context as `config.asyncFunction`.
 *
 * @example
 * const renderVideo = asyncTool(submitRender, { resultSchema: z.object({ url: z.url() }), deadline: '15m' });
 */
export function asyncTool<TOOL extends StructuredToolInterface, RESULT = unknown>(
  inner: TOOL,
  fields?: AsyncToolFields<unknown, RESULT, unknown>,
): AsyncTool<TOOL['name'], TOOL['schema'], RESULT, unknown>;
export function asyncTool(
  declared: AsyncToolOptions<string, ToolSchemaBase, unknown, unknown> | StructuredToolInterface,
  fields: AsyncToolFields<unknown, unknown, unknown> = {},
): AnyAsyncTool {
  if ('inputSchema' in declared) {
    const { name, description = `${name} tool`, inputSchema: schema, extras, ...asyncFunction } = declared;
    return new AsyncTool({ name, description, schema, extras, asyncFunction });
  }
  const { name, description, schema, extras } = declared;
  return new AsyncTool({ name, description, schema, extras, asyncFunction: { ...fields, dispatch: runAs(declared) } });
}

/** `true` for a tool made by {@link asyncTool}, bound or not. */
export function isAsyncTool(tool: unknown): tool is AnyAsyncTool {
  return typeof tool === 'object' && tool !== null && 'asyncFunction' in tool && tool.asyncFunction !== undefined;
}

/**
 * The inner tool's own function. Not its `invoke`, which would report the call a second time, parse its input a second
 * time, and turn the receipt into a tool message.
 */
function runAs(inner: StructuredToolInterface): AsyncFunction<unknown, unknown, unknown>['dispatch'] {
  const { _call: run } = inner as unknown as {
    _call?: (input: unknown, runManager?: CallbackManagerForToolRun, config?: object) => unknown;
  };
  if (run === undefined) {
    throw new LatecallError({
      code: 'invalid_tool',
      message: `"${inner.name}" is not a structured tool that runs in this process: asyncTool needs one made by tool() of LangChain, or a subclass of StructuredTool.`,
    });
  }
  return (input, { config, ...asyncFunction }) =>
    run.call(inner, input, undefined, { ...config, signal: asyncFunction.signal, asyncFunction });
}

/** What an async tool says when nothing ties it to a conversation. */
export function unboundTool(name: string): LatecallError {
  return new LatecallError({
    code: 'unbound_tool',
    message: `"${name}" was called outside of Latecall. Hand it to wrap({ tools }) of createLatecall(), and give the tools that wrap returns to createAgent, ToolNode or your loop.`,
  });
}
