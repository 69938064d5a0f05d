import type { AsyncFunctionData } from '@latecall/core';
import type { UIMessage } from 'ai';
import { describe, expect, it } from 'vitest';
import { viewsOf, withLiveData } from './views.ts';

const data = (fields: Partial<AsyncFunctionData> = {}): AsyncFunctionData => ({
  handle: 'render_1',
  toolName: 'render',
  toolCallId: 'c1',
  status: 'working',
  dispatchedAt: '2026-01-01T12:00:00.000Z',
  ...fields,
});
const live = (...list: AsyncFunctionData[]) => new Map(list.map((each) => [each.handle, each]));
const dataPart = (fields: Partial<AsyncFunctionData> = {}): UIMessage['parts'][number] => ({
  type: 'data-async-function',
  id: fields.handle ?? 'render_1',
  data: data(fields),
});
const open = (input: unknown = {}): UIMessage['parts'][number] => ({
  type: 'tool-render',
  toolCallId: 'c1',
  state: 'input-available',
  input,
});
const told = (output: unknown): UIMessage['parts'][number] => ({
  type: 'tool-render',
  toolCallId: 'c1',
  state: 'output-available',
  input: {},
  output,
});
const message = (id: string, ...parts: UIMessage['parts']): UIMessage => ({ id, role: 'assistant', parts });

describe('the views of a conversation', () => {
  it('are as new as the news, with what only the messages know', () => {
    const messages = [message('a1', open('x'), dataPart({ receipt: 'queued' }))];
    const [view] = viewsOf(messages, live(data({ progress: { fraction: 0.5 } })));
    expect(view).toEqual(data({ receipt: 'queued', progress: { fraction: 0.5 }, input: 'x' } as object));
  });

  it('do not go back behind an outcome', () => {
    const settled = [message('a1', open(), dataPart({ status: 'completed' }))];
    expect(viewsOf(settled, live(data()))[0]?.status).toBe('completed');
    expect(withLiveData(settled, live(data()))).toBe(settled);
    const withheld = [message('a1', told('u'), dataPart({ status: 'withheld' }))];
    expect(viewsOf(withheld, live(data({ status: 'completed' })))[0]?.status).toBe('withheld');
  });

  it('show a call once that two messages tell of, with its own call', () => {
    const messages = [message('a1', told('u'), dataPart()), message('a2', dataPart({ status: 'completed' }))];
    expect(viewsOf(messages, live())).toMatchObject([{ status: 'completed', output: 'u' }]);
  });

  it('do not mix up calls whose provider uses an id again', () => {
    const messages = [
      message('a1', told('first'), dataPart({ status: 'completed' })),
      message('a2', open('second'), dataPart({ handle: 'render_2', dispatchedAt: '2026-01-01T13:00:00.000Z' })),
    ];
    expect(viewsOf(messages, live())).toMatchObject([{ output: 'first' }, { input: 'second', status: 'working' }]);
  });

  it('list calls that no message tells of yet, oldest first', () => {
    const early = data({ handle: 'render_0', dispatchedAt: '2026-01-01T11:00:00.000Z' });
    const handles = viewsOf([message('a1', open(), dataPart())], live(early)).map(({ handle }) => handle);
    expect(handles).toEqual(['render_0', 'render_1']);
  });
});
