// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { renderToString } from 'react-dom/server';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { viewOf } from '../test/views.ts';
import {
  AsyncFunctionCard,
  AsyncFunctionQuestion,
  type AsyncFunctionView,
  type CommandVerdict,
  type Labels,
  PendingTray,
} from './index.ts';

afterEach(cleanup);

const accepted: CommandVerdict = { verdict: 'accepted', message: 'Taken.' };

describe('a card', () => {
  it('is an article with the name of its tool, its status and since when it waits', () => {
    render(<AsyncFunctionCard view={viewOf()} className="mine" />);
    const card = screen.getByRole('article', { name: 'render video' });
    expect(card.className).toBe('mine');
    expect({ ...card.dataset }).toMatchObject({ latecall: 'card', status: 'working', tool: 'render_video' });
    expect(within(card).getAllByRole('status')[0]?.textContent).toBe('Working');
    expect(card.querySelector('time')?.dateTime).toBe('2026-01-01T12:00:00.000Z');
  });

  it('shows its progress as a bar', () => {
    render(<AsyncFunctionCard view={viewOf({ progress: { fraction: 0.426, message: 'Frame 3' } })} />);
    const bar = screen.getByRole('progressbar', { name: 'Progress of render video' });
    expect(bar.getAttribute('aria-valuenow')).toBe('43');
    expect(bar.getAttribute('aria-valuetext')).toBe('Frame 3');
    expect(bar.textContent).toBe('Frame 3');
  });

  it('shows a progress that nobody can measure without a value', () => {
    render(<AsyncFunctionCard view={viewOf({ progress: { message: 'Somewhere' } })} />);
    expect(screen.getByRole('progressbar').hasAttribute('aria-valuenow')).toBe(false);
  });

  it('says that its deadline has passed', () => {
    render(<AsyncFunctionCard view={viewOf({ deadlineAt: '2026-01-01T12:01:00.000Z' })} />);
    expect(screen.getByText('Overdue').dataset.overdue).toBe('true');
  });

  it('has a button with a name that cancels, once', async () => {
    let settle = (_: CommandVerdict) => {};
    const onCancel = vi.fn(
      () =>
        new Promise<CommandVerdict>((resolve) => {
          settle = resolve;
        }),
    );
    render(<AsyncFunctionCard view={viewOf()} onCancel={onCancel} />);
    const button = screen.getByRole('button', { name: 'Cancel render video' });
    fireEvent.click(button);
    fireEvent.click(button);
    expect(onCancel).toHaveBeenCalledExactlyOnceWith('render_1');
    expect(button.getAttribute('aria-disabled')).toBe('true');
    await act(async () => settle(accepted));
    expect(button.getAttribute('aria-disabled')).toBe('false');
  });

  it.each([
    ['too late', async () => ({ verdict: 'conflict', message: 'It has its outcome.' }) as const, 'It has its outcome.'],
    ['not sent', () => Promise.reject(new Error('fetch failed')), 'That did not reach the server. Try again.'],
  ])('says why a cancellation was %s', async (_, onCancel, message) => {
    render(<AsyncFunctionCard view={viewOf()} onCancel={onCancel} />);
    await act(async () => void fireEvent.click(screen.getByRole('button')));
    expect(screen.getByText(message).getAttribute('role')).toBe('status');
  });

  it('that is settled waits for nothing', () => {
    const view = viewOf({ status: 'completed', deadlineAt: '2026-01-01T12:01:00.000Z', progress: { fraction: 1 } });
    render(<AsyncFunctionCard view={view} onCancel={async () => accepted} />);
    expect(screen.getAllByRole('status')[0]?.textContent).toBe('Completed');
    expect(screen.queryByRole('button')).toBeNull();
    expect(screen.queryByRole('progressbar')).toBeNull();
  });

  it('speaks the language of the page', () => {
    const labels: Partial<Labels> = {
      tool: () => 'Film',
      cancel: 'Abbrechen',
      cancelOf: (tool) => `${tool} abbrechen`,
    };
    render(<AsyncFunctionCard view={viewOf()} onCancel={async () => accepted} labels={labels} />);
    expect(screen.getByRole('button', { name: 'Film abbrechen' }).textContent).toBe('Abbrechen');
  });

  it('renders on a server, without a time', () => {
    const html = renderToString(<AsyncFunctionCard view={viewOf({ deadlineAt: '2026-01-01T12:01:00.000Z' })} />);
    expect(html).not.toMatch(/left|Overdue|for \d/);
  });
});

describe('a question', () => {
  const ask = (schema?: AsyncFunctionView['receipt']) => {
    const onAnswer = vi.fn(async () => accepted);
    const inputRequest = { key: 'size', message: 'How large?', ...(schema === undefined ? {} : { schema }) };
    render(<AsyncFunctionQuestion view={{ handle: 'render_1', inputRequest }} onAnswer={onAnswer} />);
    return onAnswer;
  };
  const send = () => act(async () => void fireEvent.click(screen.getByRole('button', { name: 'Send' })));
  const enter = (name: string, value: string) => fireEvent.change(screen.getByLabelText(name), { target: { value } });

  it('is a form with its message as name, and is answered in text', async () => {
    const onAnswer = ask();
    expect(screen.getByRole('form', { name: 'How large?' })).toBeTruthy();
    enter('Your answer', 'very');
    await send();
    expect(onAnswer).toHaveBeenCalledExactlyOnceWith('render_1', { key: 'size', answer: 'very' });
  });

  it('is answered with a number, or with one of the choices, as its schema says', async () => {
    const number = ask({ type: 'integer' });
    enter('Your answer', '7');
    await send();
    expect(number).toHaveBeenCalledWith('render_1', { key: 'size', answer: 7 });
    cleanup();
    const choice = ask({ enum: ['small', 'large'] });
    enter('Your answer', 'large');
    await send();
    expect(choice).toHaveBeenCalledWith('render_1', { key: 'size', answer: 'large' });
  });

  it('is answered with yes or no', async () => {
    const onAnswer = ask({ type: 'boolean' });
    await act(async () => void fireEvent.click(screen.getByRole('button', { name: 'No' })));
    expect(onAnswer).toHaveBeenCalledWith('render_1', { key: 'size', answer: false });
  });

  it('is answered with an object, whose empty members are left out', async () => {
    const properties = {
      title: { type: 'string', title: 'Title' },
      width: { type: 'number' },
      loud: { type: 'boolean' },
      note: { type: 'string' },
    };
    const onAnswer = ask({ type: 'object', properties, required: ['title'] });
    enter('Title', 'Cats');
    enter('width', '640');
    fireEvent.click(screen.getByLabelText('loud'));
    await send();
    expect(onAnswer).toHaveBeenCalledWith('render_1', {
      key: 'size',
      answer: { title: 'Cats', width: 640, loud: true },
    });
    expect((screen.getByLabelText('Title') as HTMLInputElement).required).toBe(true);
  });

  it('is nothing while nobody asks', () => {
    render(<AsyncFunctionQuestion view={viewOf()} onAnswer={async () => accepted} />);
    expect(screen.queryByRole('form')).toBeNull();
  });

  it('stands on a card that waits for input', () => {
    const view = viewOf({ status: 'input_required', inputRequest: { key: 'size', message: 'How large?' } });
    render(<AsyncFunctionCard view={view} onAnswer={async () => accepted} />);
    expect(screen.getByRole('form', { name: 'How large?' })).toBeTruthy();
  });
});

describe('the tray', () => {
  const functionsOf = (pending: AsyncFunctionView[], settled: AsyncFunctionView[] = []) => ({
    pending,
    settled,
    cancel: async () => accepted,
    answer: async () => accepted,
  });
  const one = viewOf();
  const two = viewOf({ handle: 'render_2' });
  const done = viewOf({ status: 'completed' });

  it('is a region with a card for each call that waits', () => {
    render(<PendingTray functions={functionsOf([one, two])} />);
    expect(within(screen.getByRole('region', { name: 'Pending calls' })).getAllByRole('article')).toHaveLength(2);
  });

  it('says politely when a call has its outcome, and nothing of those that had it before', () => {
    const { rerender } = render(
      <PendingTray functions={functionsOf([one], [viewOf({ handle: 'old', status: 'failed' })])} />,
    );
    const said = () => document.querySelector('[data-latecall="announcement"]');
    expect(said()?.textContent).toBe('');
    rerender(<PendingTray functions={functionsOf([], [done])} />);
    expect(said()?.textContent).toBe('render video: Completed');
    expect(said()?.getAttribute('role')).toBe('status');
  });

  it('keeps the focus when the card goes that has it', () => {
    const { rerender } = render(<PendingTray functions={functionsOf([one, two])} />);
    screen.getAllByRole('button')[0]?.focus();
    rerender(<PendingTray functions={functionsOf([two], [done])} />);
    expect(document.activeElement).toBe(screen.getByRole('region'));
  });

  it('leaves the focus where somebody has put it', () => {
    const page = (functions: ReturnType<typeof functionsOf>) => (
      <>
        <input aria-label="Message" />
        <PendingTray functions={functions} />
      </>
    );
    const { rerender } = render(page(functionsOf([one])));
    screen.getByRole('button').focus();
    screen.getByLabelText('Message').focus();
    rerender(page(functionsOf([], [done])));
    expect(document.activeElement).toBe(screen.getByLabelText('Message'));
  });

  it('does not take a focus that it did not have', () => {
    const { rerender } = render(<PendingTray functions={functionsOf([one])} />);
    rerender(<PendingTray functions={functionsOf([], [done])} />);
    expect(document.activeElement).toBe(document.body);
  });
});
