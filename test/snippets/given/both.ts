// What the snippets of all documents use without saying where it comes from. A script: its names are global to them.

// Imports.
const { useState } = {} as typeof import('react');
const { z } = {} as typeof import('zod');
const { default: pg } = {} as typeof import('pg');
const { PgBoss } = {} as typeof import('pg-boss');
const { trace } = {} as typeof import('@opentelemetry/api');
const { createAuditLog, createBudget, createThreadRunner } = {} as typeof import('@latecall/core');
const { readAuditLog, readLineage, verifyAuditLog } = {} as typeof import('@latecall/core');
const { pgBossResumer, wakingStore } = {} as typeof import('@latecall/engines/pg-boss');
const { exportSpans } = {} as typeof import('@latecall/otel');
const { postgresStore } = {} as typeof import('@latecall/stores/postgres');
const { sqliteStore } = {} as typeof import('@latecall/stores/sqlite');
const { createCallbackRoute, createChat, createEventsRoute } = {} as typeof import('@latecall/web');
const { createTasksRoute, createWebhookRoute, verifyStandardWebhook } = {} as typeof import('@latecall/web');

// The parts of a tool.
const description = 'Render a video from a script';
const inputSchema = z.object({ script: z.string() });
const resultSchema = z.object({ url: z.url() });
const dispatch = (order: object) => renderFarm.submit(order);

// Whatever the app has, or an earlier snippet made.
type Scope = import('@latecall/core').Scope;
declare const scope: Scope;
declare const id: string;
declare const store: import('@latecall/core').TaskStore;
declare const run: (scope: Scope) => Promise<void>;
declare const signal: AbortSignal;
declare const pool: import('pg').Pool;

// Outside.
declare const renderFarm: { submit(order: object): Promise<{ jobId: string }>; stop(taskId: string): Promise<void> };
declare const studio: { answer(taskId: string, key: string, answer: unknown): Promise<void> };
declare const settleOutside: () => Promise<{ url: string }>;

// Policy.
declare const consentOf: (scope: Scope) => Promise<{ given: boolean }>;
declare const repository: { head(): string };

// Budgets.
declare const loadSpent: (of: typeof thread) => Promise<import('@latecall/core').BudgetSpent>;
declare const saveSpent: (of: typeof thread, spent: import('@latecall/core').BudgetSpent) => Promise<void>;
declare const budgets: Map<string, import('@latecall/core').Budget>;

// The audit.
declare const audit: import('@latecall/core').AuditSink;
declare const log: import('@latecall/core').AuditLog;
declare const file: import('node:fs/promises').FileHandle;
declare const lines: () => AsyncIterable<string>;
declare const heads: import('@latecall/core').AuditHead[];
declare const withoutAccount: (value: import('@latecall/core').Json) => import('@latecall/core').Json;
declare const turn: string;
declare const taskId: string;
declare const before: import('@latecall/otel').ExportedSpan[];

// Routes.
declare const scopeOf: (request: Request) => Promise<Scope | undefined>;
declare const chat: import('@latecall/web').Chat;
declare const database: import('@latecall/web').ChatMessages<ChatMessage>;
declare const refresh: import('@latecall/web').ChatOptions<ChatMessage>['refresh'];
declare const answer: import('@latecall/web').ChatOptions<ChatMessage>['answer'];
declare const find: import('@latecall/web').WebhookRouteOptions<unknown>['find'];
declare const secret: string;
