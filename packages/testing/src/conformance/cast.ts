import assert from 'node:assert/strict';
import {
  type AsyncToolDefinition,
  type AuditEvent,
  type AuditEventType,
  createMemoryStore,
  type DispatchContext,
  type Json,
  type Outcome,
  type TaskStore,
} from '@latecall/core';
import { z } from 'zod';
import type { OutsideWorld } from '../outside-world.ts';
import type { ModelView } from '../servers/model-view.ts';
import type { Reply } from '../servers/reply.ts';
import type { ConformanceTool, Variant } from './adapter.ts';
import type { Scene } from './scene.ts';

/** The result of a job, with a nonce that only the outside can know. */
export const done = (nonce: Json = 'nonce-1'): Outcome => ({ status: 'completed', result: { url: nonce } });

/** The model calls tools: `calls(['render', { script: 'a' }], …)`. */
export const calls = (...made: readonly (readonly [name: string, args: Record<string, unknown>])[]): Reply => ({
  toolCalls: made.map(([name, args]) => ({ name, arguments: args })),
});

/** The model answers in text. */
export const says = (text: string): Reply => ({ text });

/**
 * A tool whose work is done by the scene's outside world; it gives a job id as receipt. The scene exists only when the
 * case plays, so tools are made around a holder that `play` fills.
 */
export function createCast(): {
  /** To be called first in `play`. */
  enter(scene: Scene): void;
  render(definition?: Partial<AsyncToolDefinition>, more?: Partial<ConformanceTool>): ConformanceTool;
  weather(): ConformanceTool & { kind: 'sync' };
  /** How often the sync tool ran. */
  readonly weatherRuns: () => number;
} {
  let outside: OutsideWorld | undefined;
  let runs = 0;
  const dispatch = (input: unknown, { id, idempotencyKey, callback }: DispatchContext) =>
    outside?.submit({ id, idempotencyKey, input, ...(callback === undefined ? {} : { callback }) });
  return {
    enter: (scene) => {
      outside = scene.outside;
    },
    render: (definition = {}, more = {}) =>
      ({
        name: 'render',
        inputSchema: z.object({ script: z.string() }),
        kind: 'async',
        ...more,
        definition: { resultSchema: z.object({ url: z.any() }), dispatch, ...definition },
      }) as ConformanceTool, // the kind stays async whatever else is changed
    weather: () => ({
      name: 'weather',
      inputSchema: z.object({ city: z.string() }),
      kind: 'sync',
      execute: ({ city }) => {
        runs += 1;
        return { city, sky: 'clear' };
      },
    }),
    weatherRuns: () => runs,
  };
}

/** For cases about what only a store that is kept between runs can know. */
export const inStore = ({ keeping }: Pick<Variant, 'keeping'>): boolean => keeping === 'store';

/** What the audit was told of this kind. */
export function eventsOf({ audit }: Pick<Scene, 'audit'>, type: AuditEventType): AuditEvent[] {
  return audit.filter((event) => event.type === type);
}

/** How often a text stands in another. */
export function countOf(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** No prompt of the whole conversation has held this. */
export function assertNeverSent({ server }: Pick<Scene, 'server'>, text: string): void {
  for (const { body } of server.requests) assert.ok(!JSON.stringify(body).includes(text), `"${text}" reached a model`);
}

/** The handles that a model has read in placeholders, in their order, each once. */
export function handlesRead({ messages }: ModelView): string[] {
  const outputs = messages.flatMap(({ toolResults }) =>
    toolResults.map(({ output }) => output as { handle?: unknown }),
  );
  return [...new Set(outputs.flatMap(({ handle }) => (typeof handle === 'string' ? [handle] : [])))];
}

/** One store for all runs of a case, also where the variant keeps none: the app's process lives on. */
export function keptInProcess(): { runtime: { store: TaskStore } } {
  return { runtime: { store: createMemoryStore() } };
}
