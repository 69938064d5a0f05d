import type { Scope, SettlementVerdict, Settling, TaskStore } from '@latecall/core';
import { describe, it } from 'vitest';
import { createCallbackRoute, createEventsRoute, createWebhookRoute } from './index.ts';

/** What the adapters' own Latecalls look like, as far as the routes use them. */
interface AdapterLatecall<TOOLS> {
  readonly store: TaskStore;
  settle(attempt: Settling & { tools: TOOLS; token?: string | undefined; scope?: Scope }): Promise<SettlementVerdict>;
  report(report: { id: string; progress?: unknown; inputRequest?: unknown }): Promise<SettlementVerdict>;
  cancel(task: { id: string; scope: Scope; tools: TOOLS; reason?: string }): Promise<SettlementVerdict>;
}

interface Tool {
  readonly description: string;
}

declare const byName: AdapterLatecall<Record<string, Tool>>;
declare const inList: AdapterLatecall<readonly Tool[]>;
declare const tool: Tool;

describe('the routes', () => {
  it('take the Latecall of each adapter with its kind of tools', () => {
    createCallbackRoute({ later: byName, tools: { tool } });
    createCallbackRoute({ later: inList, tools: [tool] });
    createEventsRoute({ later: byName, scope: () => ({ thread: 'chat-1' }) });
    createEventsRoute({ later: inList, scope: async () => undefined });
    createWebhookRoute({ later: inList, tools: [tool], verify: () => true, find: () => undefined });
  });

  it('refuse the tools of another adapter', () => {
    // @ts-expect-error a list of tools where they go by name
    createCallbackRoute({ later: byName, tools: 'render' });
    // @ts-expect-error tools by name where they are a list
    createCallbackRoute({ later: inList, tools: { tool } });
  });

  it('are what a route file of Next.js exports', () => {
    const { GET, POST, DELETE } = createCallbackRoute({ later: byName, tools: { tool } });
    type Export = (request: Request, context: { params: Promise<{ id: string }> }) => Promise<Response>;
    ({ GET, POST, DELETE }) satisfies Record<string, Export>;
  });
});
