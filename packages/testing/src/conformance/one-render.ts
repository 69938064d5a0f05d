import type { AsyncFunctionRequest, AsyncToolDefinition, RuntimeOptions } from '@latecall/core';
import type { Reply } from '../servers/reply.ts';
import type { ConformanceCase } from './case.ts';
import { calls, createCast } from './cast.ts';
import type { Scene } from './scene.ts';

/**
 * The setup of a case of one call: the user asks for it, and the model calls `render` at once.
 *
 * @param input.tool What is special about the tool.
 * @param input.replies What the model answers from then on.
 * @param input.play Goes on where the call is pending.
 */
export function oneRender(input: {
  readonly tool?: Partial<AsyncToolDefinition>;
  readonly runtime?: RuntimeOptions;
  readonly replies: readonly Reply[];
  readonly play: (scene: Scene, request: AsyncFunctionRequest) => Promise<void>;
}): ReturnType<ConformanceCase['setup']> {
  const { tool, runtime, replies, play } = input;
  const cast = createCast();
  return {
    tools: [cast.render(tool)],
    ...(runtime === undefined ? {} : { runtime }),
    model: [calls(['render', { script: 'a' }]), ...replies],
    play: async (scene) => {
      cast.enter(scene);
      await scene.say('Render a.');
      await play(scene, scene.request('render'));
    },
  };
}
