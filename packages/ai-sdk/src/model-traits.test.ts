import { createOpenAI } from '@ai-sdk/openai';
import { startOpenAIServer } from '@latecall/testing';
import { generateText } from 'ai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { CallOptions } from './host-types.ts';
import { asyncTool, createLatecall } from './index.ts';
import { traitsOf } from './model-traits.ts';

const prompt: CallOptions['prompt'] = [{ role: 'user', content: [{ type: 'text', text: 'Hello.' }] }];
const thought: CallOptions['prompt'] = [
  { role: 'assistant', content: [{ type: 'reasoning', text: '', providerOptions: { anthropic: { signature: 'x' } } }] },
  ...prompt,
];

describe('what a model takes', () => {
  it.each([
    ['openai.responses', 'gpt-6', true],
    ['openai.responses', 'gpt-6.1-mini', true],
    ['openai.responses', 'gpt-5', false],
    ['openai.responses', 'o5', false],
    ['openai.chat', 'gpt-6', false],
    ['gateway', 'openai/gpt-6', false],
  ])('open calls of %s %s: %s', (provider, modelId, openCalls) => {
    expect(traitsOf({ provider, modelId }, { prompt }).openCalls).toBe(openCalls);
  });

  it.each([
    ['claude that thinks by hand', 'anthropic.messages', 'claude-sonnet-4-5', 'enabled', prompt, 'envelope'],
    ['claude that thinks by hand, behind a proxy', 'my-proxy', 'claude-sonnet-4-5', 'enabled', prompt, 'envelope'],
    ['claude that thinks by itself', 'anthropic.messages', 'claude-sonnet-5-5', 'adaptive', thought, 'append'],
    ['claude that does not think', 'anthropic.messages', 'claude-sonnet-4-5', undefined, prompt, 'append'],
    ['claude that has thought, nobody here says how', 'gateway', 'anthropic/claude-4', undefined, thought, 'envelope'],
    ['gemini', 'google.generative-ai', 'gemini-3-pro', undefined, prompt, 'envelope'],
    ['gpt that has thought', 'openai.responses', 'gpt-5', undefined, thought, 'append'],
  ] as const)('a late result for %s', (_case, provider, modelId, type, history, late) => {
    const providerOptions = type === undefined ? {} : { providerOptions: { anthropic: { thinking: { type } } } };
    expect(traitsOf({ provider, modelId }, { prompt: [...history], ...providerOptions }).late).toBe(late);
  });
});

it('spares a user the warning that an older model has no async calls', async () => {
  const server = await startOpenAIServer({ model: [{ text: 'Hello.' }] });
  try {
    const openai = createOpenAI({ baseURL: server.baseURL, apiKey: 'local' });
    const render = asyncTool({
      inputSchema: z.object({}),
      dispatch: () => null,
      providerOptions: { openai: { async: true } },
    });
    const agent = createLatecall().wrap({ model: openai('gpt-5'), tools: { render }, scope: { thread: 't' } });
    const { warnings } = await generateText({ ...agent, prompt: 'Hello.' });
    expect(warnings).toEqual([]);
    expect(JSON.stringify(server.requests[0]?.body)).not.toContain('async');
  } finally {
    await server.close();
  }
});
