'use client';

export { AsyncFunctionCard, type AsyncFunctionCardProps } from './async-function-card.tsx';
export { AsyncFunctionQuestion, type AsyncFunctionQuestionProps } from './async-function-question.tsx';
export { createChatTransport } from './chat-transport.ts';
export type { ConnectionOptions } from './connection.ts';
export { formatDuration } from './format-duration.ts';
export type { Labels } from './labels.ts';
export { PendingTray, type PendingTrayProps } from './pending-tray.tsx';
export type { CommandVerdict } from './send-command.ts';
export { type AsyncFunctions, type UseAsyncFunctionsOptions, useAsyncFunctions } from './use-async-functions.ts';
export { useCountdown, useElapsed } from './use-time.ts';
export type { AsyncFunctionView, AsyncFunctionViewOf, PendingView, SettledView } from './views.ts';
