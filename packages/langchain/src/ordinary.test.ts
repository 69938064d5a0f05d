import { AIMessage, type BaseMessage, HumanMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { FakeListChatModel } from '@langchain/core/utils/testing';
import { createAgent } from 'langchain';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { done } from '../test/fixtures.ts';
import { asyncFunctionRequests, asyncTool, createBudget, createLatecall, createMemoryStore } from './index.ts';

const scope = { thread: 'thread-1' };
const plainTool = tool(() => 'clear', { name: 'weather', schema: z.object({}) });
const render = asyncTool({ name: 'render', inputSchema: z.object({}), dispatch: () => 1 });
const history = [new HumanMessage('Hello.'), new AIMessage('Good day.'), new HumanMessage('The weather?')];

/** What a model is sent by a loop with these tools. */
async function sent(
  { project }: ReturnType<ReturnType<typeof createLatecall>['wrap']>,
  messages: readonly BaseMessage[] = history,
) {
  const prompts: BaseMessage[][] = [];
  const answer = await project(messages, async (prompt) => {
    prompts.push(prompt);
    return new AIMessage('It is clear.');
  });
  return { answer, prompts };
}

describe('a conversation that Latecall has nothing to do with', () => {
  it('gives the model the very messages, and the app the very answer', async () => {
    const { answer, prompts } = await sent(createLatecall().wrap({ tools: [plainTool], scope }));
    expect(prompts).toHaveLength(1);
    for (const [index, message] of history.entries()) expect(prompts[0]?.[index]).toBe(message);
    expect(answer?.additional_kwargs).toEqual({});
  });

  it('computes no digest', async () => {
    const digest = vi.spyOn(crypto.subtle, 'digest');
    const model = new FakeListChatModel({ responses: ['It is clear.'] });
    const agent = createAgent({ model, ...createLatecall().wrap({ tools: [], scope }) });
    await agent.invoke({ messages: history });
    expect(digest).not.toHaveBeenCalled();
    digest.mockRestore();
  });

  it('asks the store for nothing but what is untold', async () => {
    const store = createMemoryStore();
    const list = vi.spyOn(store, 'list');
    await sent(createLatecall({ store }).wrap({ tools: [plainTool], scope }));
    expect(list.mock.calls).toEqual([[scope, { consumed: false }]]);
  });

  it('counts against a budget', async () => {
    const budget = createBudget({ turns: 1 });
    const wrapped = createLatecall().wrap({ tools: [plainTool], scope, budget: () => budget });
    expect((await sent(wrapped)).prompts).toHaveLength(1);
    expect((await sent(wrapped)).prompts).toHaveLength(0);
    expect(budget.spent().turns).toBe(1);
  });
});

describe('a conversation without async tools, with something of ours in it', () => {
  it('tells a result that came for a call of another tool set, and shows nothing of ours', async () => {
    const later = createLatecall();
    const call = { type: 'tool_call' as const, id: 'call_1', name: 'render', args: {} };
    const other = later.wrap({ tools: [render], scope });
    const asked = await other.project(history, async () => new AIMessage({ content: '', tool_calls: [call] }));
    const [made] = asked?.tool_calls ?? [];
    const placeholder = await other.tools[0].invoke({ ...call, ...made, type: 'tool_call', id: 'call_1' });
    const messages = [...history, asked as AIMessage, placeholder];
    const [request] = asyncFunctionRequests(messages);
    await later.settle({ id: request?.id ?? '', outcome: done('https://u'), scope, tools: [render] });

    const elsewhere = await sent(later.wrap({ tools: [plainTool], scope }));
    expect(JSON.stringify(elsewhere.prompts)).toContain('https://u');
    const again = await sent(later.wrap({ tools: [plainTool], scope }), [...messages, new HumanMessage('And?')]);
    expect(JSON.stringify(again.prompts)).toContain('https://u');
    expect(JSON.stringify(again.prompts)).not.toContain('latecall');
  });
});
