import { MemorySaver } from '@langchain/langgraph';
import type { ModelPolicy } from '@latecall/testing';
import { createAgent, createMiddleware, providerStrategy, toolStrategy } from 'langchain';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asks, calls, done, playScene, says, thread } from '../test/fixtures.ts';
import { asyncFunctionRequests } from './index.ts';

const answer = z.object({ address: z.string() });

const formats = {
  'a plain schema': () => answer,
  toolStrategy: () => toolStrategy(answer),
  providerStrategy: () => providerStrategy(answer),
};

/** What a host does with a response format depends on whether anything stands behind the model. */
const after = createMiddleware({ name: 'After', afterModel: () => undefined });

for (const [name, format] of Object.entries(formats)) {
  for (const middleware of [[], [after]]) {
    describe(`an agent whose answer has the format of ${name}${middleware.length === 0 ? '' : ', with an afterModel hook'}`, () => {
      for (const kept of [true, false]) {
        it(`has no answer while it waits and the right one at the end, ${kept ? 'with' : 'without'} a checkpointer`, () =>
          playScene({ model: structured }, async (scene) => {
            const agent = createAgent({
              model: scene.model,
              ...scene.later.wrap({ tools: [scene.render()], middleware }),
              responseFormat: format() as typeof answer,
              ...(kept ? { checkpointer: new MemorySaver() } : {}),
            });
            const paused = await agent.invoke({ messages: [asks()] }, thread());
            expect(paused.structuredResponse).toBeUndefined();
            expect(asyncFunctionRequests(paused)).toHaveLength(1);
            const answers = await scene.answers(paused, done('u'));
            const messages = kept ? answers : [...paused.messages, ...answers];
            const told = await agent.invoke({ messages }, thread());
            expect(told.structuredResponse).toEqual({ address: 'u' });
            expect(asyncFunctionRequests(told)).toEqual([]);
            expect(scene.server.requests).toHaveLength(2);
          }));

        it(`goes on waiting when it is invoked again, ${kept ? 'with' : 'without'} a checkpointer`, () =>
          playScene({ model: structured }, async (scene) => {
            const agent = createAgent({
              model: scene.model,
              ...scene.later.wrap({ tools: [scene.render()], middleware }),
              responseFormat: format() as typeof answer,
              ...(kept ? { checkpointer: new MemorySaver() } : {}),
            });
            const paused = await agent.invoke({ messages: [asks()] }, thread());
            const again = await agent.invoke({ messages: kept ? [] : paused.messages }, thread());
            expect(again.structuredResponse).toBeUndefined();
            expect(scene.server.requests).toHaveLength(1);
          }));
      }
    });
  }
}

/** Renders; then answers with what it was told, by the tool for answers where there is one. */
const structured: ModelPolicy = ({ messages, tools }) => {
  const [result] = messages.at(-1)?.toolResults ?? [];
  if (result === undefined) return calls(['render', { script: 'a' }]);
  const { url } = result.output as { url: string };
  const extract = tools.find(({ name }) => name.startsWith('extract'));
  return extract === undefined ? says(JSON.stringify({ address: url })) : calls([extract.name, { address: url }]);
};
