import type { ModelTraits } from '@latecall/core';
import { LATECALL } from './carrier.ts';
import type { CallOptions, Model } from './host-types.ts';

/**
 * What a model takes. OpenAI's Responses API has calls that stay open, from GPT-6 on. Models that want a thinking block
 * or a signature on each call (Claude with manual thinking, Gemini) refuse calls that they did not make themselves.
 */
export function traitsOf(model: Pick<Model, 'provider' | 'modelId'>, params: CallOptions): ModelTraits {
  const name = `${model.provider} ${model.modelId}`;
  const signs = /google|gemini/i.test(name) || (/anthropic|claude/i.test(name) && thinksByHand(params));
  return { openCalls: takesOpenCalls(model), late: signs ? 'envelope' : 'append' };
}

/**
 * Thinking may be switched on where it cannot be seen from here, inside a wrapped model. Then signed thinking in the
 * prompt tells; without a word on its kind it counts as manual, which takes less.
 */
function thinksByHand({ providerOptions = {}, prompt }: CallOptions): boolean {
  const kinds = Object.values(providerOptions).flatMap(({ thinking }) =>
    typeof thinking === 'object' && thinking !== null && 'type' in thinking ? [thinking.type] : [],
  );
  if (kinds.length > 0) return kinds.includes('enabled');
  return prompt.some(
    (message) =>
      message.role === 'assistant' &&
      message.content.some((part) => part.type === 'reasoning' && part.providerOptions !== undefined),
  );
}

/** As `@ai-sdk/openai` decides it: `async` on a tool is sent to GPT-6 and later, by the Responses API. */
function takesOpenCalls({ provider, modelId }: Pick<Model, 'provider' | 'modelId'>): boolean {
  const major = /^gpt-(\d+)/.exec(modelId)?.[1];
  return provider === 'openai.responses' && major !== undefined && Number(major) >= 6;
}

/**
 * The call options as the provider gets them: nothing of ours in them, and no `async` on the tools of an OpenAI model
 * that has no such thing and would warn of it.
 */
export function withoutOurs(options: CallOptions, { openCalls = false }: ModelTraits): CallOptions {
  const given = { ...options, providerOptions: optionsWithoutOurs(options) } as CallOptions; // as the host gives it
  return openCalls || given.tools === undefined ? given : { ...given, tools: given.tools.map(withoutAsync) };
}

function optionsWithoutOurs({ providerOptions }: CallOptions): CallOptions['providerOptions'] {
  if (providerOptions?.[LATECALL] === undefined) return providerOptions;
  const { [LATECALL]: _, ...others } = providerOptions;
  return Object.keys(others).length === 0 ? undefined : others;
}

type ModelTool = NonNullable<CallOptions['tools']>[number];

function withoutAsync(tool: ModelTool): ModelTool {
  if (tool.type !== 'function' || tool.providerOptions?.openai?.async === undefined) return tool;
  const { async: _, ...openai } = tool.providerOptions.openai;
  return { ...tool, providerOptions: { ...tool.providerOptions, openai } };
}
