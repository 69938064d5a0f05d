import type { LanguageModel, ModelMessage, wrapLanguageModel } from 'ai';

// The provider's types, taken from where `ai` itself shows them: no dependency of its own, no second copy of them.

/** A language model of specification version 4. */
export type Model = ReturnType<typeof wrapLanguageModel>;

/** What a provider is called with. */
export type CallOptions = Parameters<Model['doGenerate']>[0];

/** What a model that is not streamed gives back. */
export type GenerateResult = Awaited<ReturnType<Model['doGenerate']>>;

/** What a streamed model gives back. */
export type StreamResult = Awaited<ReturnType<Model['doStream']>>;

/** One chunk of a model's stream. */
export type StreamPart = StreamResult['stream'] extends ReadableStream<infer PART> ? PART : never;

/** One part of a model's response. */
export type ContentPart = GenerateResult['content'][number];

/** The messages that a provider is sent. */
export type Prompt = CallOptions['prompt'];

/** One message of a {@link Prompt}. */
export type PromptMessage = Prompt[number];

/** A tool result in a {@link Prompt}. */
export type PromptToolResult = Extract<
  Extract<PromptMessage, { role: 'tool' }>['content'][number],
  { type: 'tool-result' }
>;

/** What a tool result says to a model. */
export type ToolOutput = PromptToolResult['output'];

/** A model as an app may give it: an object, or the id of one. */
export type ModelOrId = LanguageModel;

/** A tool message of an app. */
export type ToolMessage = Extract<ModelMessage, { role: 'tool' }>;

/** An assistant message of an app. */
export type AssistantMessage = Extract<ModelMessage, { role: 'assistant' }>;
