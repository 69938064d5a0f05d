import { isErrorReply, type Reply } from '../servers/reply.ts';
import type { SceneOptions } from './scene.ts';

/**
 * The same case with tools in mode `continue`: after each call of an async tool the model is asked once more, and says
 * that the work is under way. Only for cases whose model is a script.
 */
export function goingOn(options: SceneOptions): SceneOptions {
  const { tools, model } = options;
  if (typeof model === 'function') throw new Error('A case with a policy for a model cannot be played in both modes.');
  const asyncTools = new Set(tools.flatMap(({ kind, name }) => (kind === 'async' ? [name] : [])));
  const dispatches = (reply: Reply) =>
    !isErrorReply(reply) && (reply.toolCalls ?? []).some(({ name }) => asyncTools.has(name));
  return {
    ...options,
    idleTurns: 'always',
    tools: tools.map((tool) =>
      tool.kind === 'async' ? { ...tool, definition: { ...tool.definition, mode: 'continue' } } : tool,
    ),
    model: model.flatMap((reply) => (dispatches(reply) ? [reply, { text: 'It is under way.' }] : [reply])),
  };
}
