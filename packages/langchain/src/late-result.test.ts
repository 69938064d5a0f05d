import { MemorySaver } from '@langchain/langgraph';
import { createFakeClock } from '@latecall/testing';
import { createAgent } from 'langchain';
import { describe, expect, it } from 'vitest';
import { asks, calls, done, playScene, says, thread } from '../test/fixtures.ts';
import { type AsyncFunctionEvent, isAsyncFunctionEvent } from './index.ts';

const scope = { thread: 'thread-1' };

describe('a late result that is welcome', () => {
  it('shows in the stream as the outcome of the call that it belongs to', async () => {
    const clock = createFakeClock();
    const model = [calls(['render', { script: 'a' }]), says('It is overdue.'), says('It is at u.')];
    await playScene({ model, runtime: { clock } }, async (scene) => {
      const tools = [scene.render({ deadline: '15m', lateResult: 'accept' })];
      const agent = createAgent({
        model: scene.model,
        ...scene.later.wrap({ tools }),
        checkpointer: new MemorySaver(),
      });
      const run = async (text?: string) => {
        const events: AsyncFunctionEvent[] = [];
        const messages = text === undefined ? [] : [asks(text)];
        const stream = await agent.stream({ messages }, { ...thread(), streamMode: 'custom' });
        for await (const event of stream) if (isAsyncFunctionEvent(event)) events.push(event);
        return events;
      };
      const [dispatched] = await run('Render a.');
      const [task] = await scene.later.pending(scope);
      await clock.advance(15 * 60_000);
      const overdue = await run();
      await scene.later.settle({ id: task?.id ?? '', outcome: done('u'), scope, tools });
      const told = await run();
      const { id, toolCallId } = dispatched ?? {};
      expect(id).toBe(task?.handle);
      for (const event of [...overdue, ...told]) expect(event).toMatchObject({ id, handle: id, toolCallId });
      expect(overdue.at(-1)?.status).toBe('expired');
      expect(told.at(-1)?.status).toBe('completed');
      expect(scene.sent()).toContain('{\\"url\\":\\"u\\"}');
    });
  });
});
