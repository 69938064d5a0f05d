'use client';

import { useSyncExternalStore } from 'react';
import { tickedNow, watchTicks } from './ticker.ts';

/**
 * Whole seconds until a time, 0 once it has passed; ticks once a second while the page is visible. `undefined` without a
 * time, on a server, and until the page is hydrated.
 *
 * @param deadlineAt ISO 8601, as in `deadlineAt` of a view.
 */
export function useCountdown(deadlineAt: string | undefined): number | undefined {
  const now = useNow(deadlineAt !== undefined);
  return now === undefined ? undefined : seconds(Math.round((Date.parse(deadlineAt ?? '') - now) / 1_000));
}

/**
 * Whole seconds since a time; otherwise as {@link useCountdown}.
 *
 * @param since ISO 8601, as in `dispatchedAt` of a view.
 */
export function useElapsed(since: string | undefined): number | undefined {
  const now = useNow(since !== undefined);
  return now === undefined ? undefined : seconds(Math.floor((now - Date.parse(since ?? '')) / 1_000));
}

function useNow(ticks: boolean): number | undefined {
  const now = useSyncExternalStore(ticks ? watchTicks : watchNothing, tickedNow, () => undefined);
  return ticks ? now : undefined;
}

const watchNothing = () => () => {};

function seconds(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : Math.max(0, value);
}
