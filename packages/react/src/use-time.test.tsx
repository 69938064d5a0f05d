// @vitest-environment jsdom
import { act, cleanup, render } from '@testing-library/react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { formatDuration, useCountdown, useElapsed } from './index.ts';

const noon = '2026-01-01T12:00:00.000Z';

function Times({ at }: { at?: string }) {
  return <p>{`${useCountdown(at)} left, ${useElapsed(at)} gone`}</p>;
}

const text = () => document.querySelector('p')?.textContent;
const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));

function show(visibility: DocumentVisibilityState) {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(visibility);
  act(() => void document.dispatchEvent(new Event('visibilitychange')));
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(Date.parse(noon) - 2_500);
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('a time', () => {
  it('counts down once a second, and stays at nothing', async () => {
    render(<Times at={noon} />);
    expect(text()).toBe('3 left, 0 gone');
    await pass(1_000);
    expect(text()).toBe('2 left, 0 gone');
    await pass(5_000);
    expect(text()).toBe('0 left, 3 gone');
  });

  it('stands still while the page is hidden, and is right when it is shown', async () => {
    render(<Times at={noon} />);
    show('hidden');
    expect(vi.getTimerCount()).toBe(0);
    await pass(10_000);
    expect(text()).toBe('3 left, 0 gone');
    show('visible');
    expect(text()).toBe('0 left, 7 gone');
  });

  it('leaves no timer behind', () => {
    const { unmount } = render(<Times at={noon} />);
    expect(vi.getTimerCount()).toBe(1);
    unmount();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is nothing, and ticks nothing, where none is given or it is none', () => {
    render(<Times />);
    expect(text()).toBe('undefined left, undefined gone');
    expect(vi.getTimerCount()).toBe(0);
    cleanup();
    render(<Times at="tomorrow" />);
    expect(text()).toBe('undefined left, undefined gone');
  });

  it('is nothing on a server, and hydrates without a mismatch', async () => {
    const container = document.createElement('div');
    container.innerHTML = renderToString(<Times at={noon} />);
    expect(container.textContent).toBe('undefined left, undefined gone');
    document.body.append(container);
    const onRecoverableError = vi.fn();
    const root = await act(async () => hydrateRoot(container, <Times at={noon} />, { onRecoverableError }));
    expect(container.textContent).toBe('3 left, 0 gone');
    expect(onRecoverableError).not.toHaveBeenCalled();
    act(() => root.unmount());
    container.remove();
  });
});

it.each([
  [5, '0:05'],
  [750, '12:30'],
  [3_909, '1:05:09'],
])('%i seconds are %s', (seconds, words) => {
  expect(formatDuration(seconds)).toBe(words);
});
