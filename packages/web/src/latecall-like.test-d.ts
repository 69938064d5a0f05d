import type { LatecallTasks } from '@latecall/core';
import { describe, it } from 'vitest';
import { createCallbackRoute, createEventsRoute, createTasksRoute, createWebhookRoute } from './index.ts';

interface Tool {
  readonly description: string;
}

// What `createLatecall` of the adapters makes, as far as the routes use it.
declare const byName: LatecallTasks<Record<string, Tool>>;
declare const inList: LatecallTasks<readonly Tool[]>;
declare const tool: Tool;

describe('the routes', () => {
  it('take the Latecall of each adapter with its kind of tools', () => {
    createCallbackRoute({ later: byName, tools: { tool } });
    createCallbackRoute({ later: inList, tools: [tool] });
    createEventsRoute({ later: byName, scopeOf: () => ({ thread: 'chat-1' }) });
    createEventsRoute({ later: inList, scopeOf: async () => undefined });
    createTasksRoute({ later: byName, tools: { tool }, scopeOf: () => ({ thread: 'chat-1' }) });
    createTasksRoute({ later: inList, tools: [tool], scopeOf: async () => undefined });
    createWebhookRoute({ later: inList, tools: [tool], verify: () => true, find: () => undefined });
  });

  it('refuse the tools of another adapter', () => {
    // @ts-expect-error a list of tools where they go by name
    createCallbackRoute({ later: byName, tools: 'render' });
    // @ts-expect-error tools by name where they are a list
    createCallbackRoute({ later: inList, tools: { tool } });
    // @ts-expect-error tools by name where they are a list
    createTasksRoute({ later: inList, tools: { tool }, scopeOf: () => undefined });
  });

  it('let nobody act without the app saying on what', () => {
    // @ts-expect-error no scopeOf
    createTasksRoute({ later: byName, tools: { tool } });
  });

  it('are what a route file of Next.js exports', () => {
    type Export = (request: Request, context: { params: Promise<{ id: string }> }) => Promise<Response>;
    const callback = createCallbackRoute({ later: byName, tools: { tool } });
    const tasks = createTasksRoute({ later: byName, tools: { tool }, scopeOf: () => undefined });
    const byMethod = ({ GET, POST, DELETE }: typeof callback) => ({ GET, POST, DELETE });
    [byMethod(callback), byMethod(tasks)] satisfies Record<string, Export>[];
  });
});
