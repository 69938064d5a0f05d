import { describe, expect, test } from 'vitest';
import { createTurns, deltas } from './model-turn.ts';
import { type ModelView, openCalls } from './model-view.ts';

const call = { name: 'render', arguments: {} };

function viewWith(...callIds: readonly string[]): ModelView {
  const toolCalls = callIds.map((callId) => ({ callId, name: 'render', arguments: {} }));
  const messages = [{ role: 'assistant' as const, texts: [], toolCalls, toolResults: [] }];
  return { provider: 'openai-chat', model: 'gpt-5', system: '', messages, tools: [], body: {} };
}

describe('turns', () => {
  test('mint the same ids on every server', () => {
    const mint = (): unknown => createTurns('call')({ toolCalls: [call, call] }, viewWith()).toolCalls;
    expect(mint()).toEqual([
      { ...call, callId: 'call_1' },
      { ...call, callId: 'call_2' },
    ]);
    expect(mint()).toEqual(mint());
  });

  test('never mint an id that the history or an earlier reply has', () => {
    const takeTurn = createTurns('call');
    takeTurn({ toolCalls: [{ ...call, callId: 'call_3' }] }, viewWith());
    const { toolCalls } = takeTurn({ toolCalls: [call, call] }, viewWith('call_1'));
    expect(toolCalls.map(({ callId }) => callId)).toEqual(['call_2', 'call_4']);
  });

  test('make native async calls of the tools that are declared so, and of no others', () => {
    const tools = [
      { name: 'render', inputSchema: {}, async: true as const },
      { name: 'weather', inputSchema: {} },
    ];
    const { toolCalls } = createTurns('call')(
      { toolCalls: [call, { name: 'weather', arguments: {} }] },
      { ...viewWith(), tools },
    );
    expect(toolCalls).toEqual([
      { ...call, callId: 'call_1', async: true },
      { name: 'weather', arguments: {}, callId: 'call_2' },
    ]);
  });

  test('count more tokens for a longer answer', () => {
    const takeTurn = createTurns('call');
    const { usage: short } = takeTurn({ text: 'a' }, viewWith());
    const { usage: long } = takeTurn({ text: 'a'.repeat(100) }, viewWith());
    expect(long.outputTokens).toBeGreaterThan(short.outputTokens);
    expect(long.inputTokens).toBe(short.inputTokens);
  });
});

test('open calls are those without a result', () => {
  const { messages, ...view } = viewWith('call_1', 'call_2', 'call_3');
  const results = {
    role: 'tool' as const,
    texts: [],
    toolCalls: [],
    toolResults: [{ callId: 'call_2', output: 'ok' }],
  };
  const open = openCalls({ ...view, messages: [...messages, results] });
  expect(open.map(({ callId }) => callId)).toEqual(['call_1', 'call_3']);
});

describe('deltas', () => {
  test.each([
    { text: '', count: 3, pieces: [] },
    { text: 'a', count: 3, pieces: ['a'] },
    { text: '{}', count: 2, pieces: ['{', '}'] },
    { text: '🎬🎬🎬', count: 2, pieces: ['🎬🎬', '🎬'] },
  ])('cut $text into $pieces', ({ text, count, pieces }) => {
    expect(deltas(text, count)).toEqual(pieces);
  });
});
