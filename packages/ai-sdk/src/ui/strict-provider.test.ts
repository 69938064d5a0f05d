import { createOpenAI } from '@ai-sdk/openai';
import { startOpenAIServer } from '@latecall/testing';
import { convertToModelMessages, isToolUIPart, ToolLoopAgent, type UIMessage } from 'ai';
import { expect, it } from 'vitest';
import { completed, createRender } from '../../test/fixtures.ts';
import { createLatecall } from '../index.ts';
import { refreshUIMessages } from './refresh-ui-messages.ts';
import { toAsyncUIMessageStream } from './to-async-ui-message-stream.ts';

const scope = { thread: 'thread-1' };

it.each(['chat', 'responses'] as const)(
  'sends %s prompts that a strict provider takes, whenever the chat is reloaded',
  async (api) => {
    const { render, dispatched } = createRender();
    const tools = { render };
    await using server = await startOpenAIServer({
      model: [
        { text: 'On it.', toolCalls: [{ name: 'render', arguments: { script: 'a' } }] },
        { text: 'Still rendering.' },
        { text: 'Here it is.' },
        { text: 'You are welcome.' },
      ],
    });
    const model = createOpenAI({ baseURL: server.baseURL, apiKey: 'local' })[api]('gpt-5');
    const later = createLatecall();
    const agent = new ToolLoopAgent(later.wrap({ model, tools, scope }));
    let saved: UIMessage[] = [];
    const post = async (text: string) => {
      const said: UIMessage = { id: `user_${saved.length}`, role: 'user', parts: [{ type: 'text', text }] };
      const messages = await refreshUIMessages({ messages: [...saved, said], later, scope, tools });
      const { stream } = await agent.stream({ messages: await convertToModelMessages(messages, { tools }) });
      const onEnd = (event: { messages: UIMessage[] }) => {
        saved = JSON.parse(JSON.stringify(event.messages));
      };
      await Array.fromAsync(toAsyncUIMessageStream({ stream, later, scope, tools, originalMessages: messages, onEnd }));
    };
    await post('Render a.');
    await post('How is it going?');
    for (const { id } of await later.pending(scope)) await later.settle({ id, outcome: completed('u'), tools, scope });
    await post('And now?');
    await post('Thanks.');

    expect(server.requests.map(({ refusal }) => refusal)).toEqual([undefined, undefined, undefined, undefined]);
    expect(saved.at(-1)?.parts.at(-1)).toMatchObject({ type: 'text', text: 'You are welcome.' });
    expect(JSON.stringify(server.requests.map(({ body }) => body))).not.toContain('latecall');
    expect(dispatched).toEqual(['a']);
    const [call] = (await refreshUIMessages({ messages: saved, later, scope, tools })).flatMap(({ parts }) =>
      parts.filter(isToolUIPart),
    );
    expect(call).toMatchObject({ state: 'output-available', output: { url: 'u' } });
  },
);
