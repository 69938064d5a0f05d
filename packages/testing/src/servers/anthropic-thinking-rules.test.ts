import { describe, expect, test } from 'vitest';
import { refuseAnthropic } from './anthropic-rules.ts';
import { anthropicThinkingRules } from './anthropic-thinking-rules.ts';
import { signThinking, thinkingPrefix } from './anthropic-thinking-signature.ts';

const MANUAL = 'claude-sonnet-4-5';
const PRESERVED = 'claude-opus-5-5';

const tools = [{ name: 'render', description: 'Renders', input_schema: { type: 'object', properties: {} } }];
const manual = { type: 'enabled', budget_tokens: 1024 };
const user = { role: 'user', content: [{ type: 'text', text: 'Render my script' }] };
const text = (said: string): object => ({ type: 'text', text: said });
const use = (id: string): object => ({ type: 'tool_use', id, name: 'render', input: {} });
const result = (id: string, content: unknown = 'done'): object => ({ type: 'tool_result', tool_use_id: id, content });
const assistant = (...content: readonly object[]): object => ({ role: 'assistant', content });
const results = (...content: readonly object[]): object => ({ role: 'user', content });

type Body = {
  readonly model: string;
  readonly system: string;
  readonly tools: readonly object[];
  readonly messages: readonly object[];
  readonly [field: string]: unknown;
};

const body = (model: string, ...messages: readonly object[]): Body => ({
  model,
  max_tokens: 2048,
  system: 'Be brief',
  tools,
  messages,
  ...(model === MANUAL && { thinking: manual }),
});

/** A thinking block as the server makes it behind these messages. */
const thought = (
  model: string,
  ...before: readonly object[]
): { readonly signature: string; readonly [field: string]: unknown } => ({
  type: 'thinking',
  thinking: 'I start it.',
  signature: signThinking('I start it.', thinkingPrefix(body(model, ...before))),
});

/** Two steps of one loop, each begun with thinking. */
function loop(model: string): readonly object[] {
  const first = [user, assistant(thought(model, user), use('toolu_1')), results(result('toolu_1'))];
  return [...first, assistant(thought(model, ...first), use('toolu_2')), results(result('toolu_2'))];
}

const [, first = {}, firstResult = {}, , lastResult = {}] = loop(MANUAL);
const preserved = loop(PRESERVED);
const unbound = (path: string, change: string): string =>
  `${path}: Invalid \`signature\` in \`thinking\` block. The block is bound to a different conversation. Remove the block, or set \`thinking.block_binding.prefix_mismatch_behavior\` to "drop_block". That setting requires the \`thinking-binding-controls-2026-08-01\` value in the \`anthropic-beta\` header. ${change}`;
const missing = (index: number, found: string): string =>
  `messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${found}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, disable \`thinking\`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking`;

type Golden = { refuses: string; rule: string; bad: object; good: object; message: string };

const goldens: readonly Golden[] = [
  {
    refuses: 'a thinking budget that is too small',
    rule: 'malformedThinkingBudget',
    bad: { ...body(MANUAL, user), thinking: { type: 'enabled', budget_tokens: 1023 } },
    good: { ...body(MANUAL, user), thinking: { type: 'enabled', budget_tokens: 1024 } },
    message: 'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024',
  },
  {
    refuses: 'a thinking budget that leaves nothing for the answer',
    rule: 'malformedThinkingBudget',
    bad: { ...body(MANUAL, user), max_tokens: 1024 },
    good: { ...body(MANUAL, user), max_tokens: 1025 },
    message: '`max_tokens` must be greater than `thinking.budget_tokens`.',
  },
  {
    refuses: 'manual thinking without a budget',
    rule: 'malformedThinkingBudget',
    bad: { ...body(MANUAL, user), thinking: { type: 'enabled' } },
    good: { ...body(MANUAL, user), thinking: { type: 'disabled' } },
    message: 'thinking.enabled.budget_tokens: Field required',
  },
  {
    refuses: 'manual thinking of a model that has only adaptive',
    rule: 'unsupportedManualThinking',
    bad: { ...body('claude-opus-4-7', user), thinking: manual },
    good: { ...body('claude-opus-4-6', user), thinking: manual },
    message:
      '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
  },
  {
    refuses: 'a thinking block without a signature',
    rule: 'malformedThinkingBlock',
    bad: body(MANUAL, user, assistant({ type: 'thinking', thinking: 'Hm.' }, text('Hi')), user),
    good: body(MANUAL, user, assistant(thought(MANUAL, user), text('Hi')), user),
    message: 'messages.1.content.0.thinking.signature: Field required',
  },
  {
    refuses: 'a call without thinking before it',
    rule: 'missingThinkingBlock',
    bad: body(MANUAL, user, assistant(use('toolu_1')), results(result('toolu_1'))),
    good: body(MANUAL, user, assistant(thought(MANUAL, user), use('toolu_1')), results(result('toolu_1'))),
    message: missing(1, 'tool_use'),
  },
  {
    refuses: 'text before a call instead of thinking',
    rule: 'missingThinkingBlock',
    bad: body(MANUAL, user, assistant(text('I will.'), use('toolu_1')), results(result('toolu_1'))),
    good: body(MANUAL, user, assistant(text('I will.'), use('toolu_1')), results(result('toolu_1')), user),
    message: missing(1, 'text'),
  },
  {
    refuses: 'a synthetic call in a loop that begins with thinking',
    rule: 'missingThinkingBlock',
    bad: body(MANUAL, user, first, firstResult, assistant(use('toolu_2')), lastResult),
    good: body(MANUAL, ...loop(MANUAL)),
    message: missing(3, 'tool_use'),
  },
  {
    refuses: 'a synthetic call in a loop that goes on behind what the user said next to results',
    rule: 'missingThinkingBlock',
    bad: body(MANUAL, user, first, results(result('toolu_1'), text('And?')), assistant(use('toolu_2')), lastResult),
    good: {
      ...body(MANUAL, user, first, results(result('toolu_1'), text('And?')), assistant(use('toolu_2')), lastResult),
      thinking: { type: 'disabled' },
    },
    message: missing(3, 'tool_use'),
  },
  {
    refuses: 'a thinking block with another text',
    rule: 'invalidThinkingSignature',
    bad: body(MANUAL, user, assistant({ ...thought(MANUAL, user), thinking: 'I stop it.' }, text('Hi')), user),
    good: body(MANUAL, user, assistant(thought(MANUAL, user), text('Hi')), user),
    message: 'messages.1.content.0: Invalid `signature` in `thinking` block',
  },
  {
    refuses: 'a thinking block with another signature, thinking or not',
    rule: 'invalidThinkingSignature',
    bad: {
      ...body(MANUAL, user, assistant({ ...thought(MANUAL, user), signature: 'c2lnbmVk' }, text('Hi')), user),
      thinking: { type: 'disabled' },
    },
    good: {
      ...body(MANUAL, user, assistant(thought(MANUAL, user), text('Hi')), user),
      thinking: { type: 'disabled' },
    },
    message: 'messages.1.content.0: Invalid `signature` in `thinking` block',
  },
  {
    refuses: 'a changed result before a thinking block',
    rule: 'unboundThinkingBlock',
    bad: body(PRESERVED, ...preserved.with(2, results(result('toolu_1', 'rewritten')))),
    good: body(PRESERVED, ...preserved.with(2, results(result('toolu_1', [text('done')])))),
    message: unbound(
      'messages.3.content.0',
      'The `messages` before it differ from the ones this block was created with.',
    ),
  },
  {
    refuses: 'a message put in before a thinking block',
    rule: 'unboundThinkingBlock',
    bad: body(PRESERVED, ...preserved.toSpliced(3, 0, results(text('And?')))),
    good: body(PRESERVED, ...preserved, user),
    message: unbound(
      'messages.4.content.0',
      'The `messages` before it differ from the ones this block was created with.',
    ),
  },
  {
    refuses: 'a changed system prompt',
    rule: 'unboundThinkingBlock',
    bad: { ...body(PRESERVED, ...preserved), system: 'Be long' },
    good: { ...body(PRESERVED, ...preserved), system: [{ ...text('Be brief'), cache_control: { type: 'ephemeral' } }] },
    message: unbound('messages.1.content.0', 'The `system` prompt differs from the one this block was created with.'),
  },
  {
    refuses: 'changed tools',
    rule: 'unboundThinkingBlock',
    bad: { ...body(PRESERVED, ...preserved), tools: [...tools, { name: 'other', input_schema: { type: 'object' } }] },
    good: { ...body('claude-opus-5', ...preserved), tools: [...tools, { name: 'other', input_schema: {} }] },
    message: unbound('messages.1.content.0', 'The `tools` differ from the ones this block was created with.'),
  },
  {
    refuses: 'an earlier thinking block left out',
    rule: 'unboundThinkingBlock',
    bad: body(PRESERVED, ...preserved.with(1, assistant(use('toolu_1')))),
    good: {
      ...body(PRESERVED, ...preserved.with(1, assistant(use('toolu_1')))),
      thinking: { type: 'adaptive', block_binding: { prefix_mismatch_behavior: 'drop_block' } },
    },
    message: unbound(
      'messages.3.content.0',
      'The `thinking` block that preceded this one when it was created is missing from this request.',
    ),
  },
];

describe('Anthropic thinking', () => {
  test.each(goldens)('refuses $refuses', ({ rule, bad, message }) => {
    expect(refuseAnthropic(bad)).toEqual({ rule, status: 400, type: 'invalid_request_error', message });
  });

  test.each(goldens)('accepts the nearest good body to: $refuses', ({ good }) => {
    expect(refuseAnthropic(good)).toBeUndefined();
  });

  test('has a golden bad body for every rule', () => {
    expect(new Set(goldens.map(({ rule }) => rule))).toEqual(new Set(anthropicThinkingRules.map(({ name }) => name)));
  });

  test('accepts calls without thinking where thinking is adaptive', () => {
    const history = body('claude-opus-4-6', user, assistant(use('toolu_1')), results(result('toolu_1')));
    expect(refuseAnthropic({ ...history, thinking: { type: 'adaptive' } })).toBeUndefined();
  });

  test('accepts a synthetic call behind preserved thinking: it only adds', () => {
    const history = [...preserved, assistant(use('toolu_3')), results(result('toolu_3'))];
    expect(refuseAnthropic(body(PRESERVED, ...history))).toBeUndefined();
  });

  test('accepts results and words of the user in one message or in two', () => {
    const together = [user, assistant(use('toolu_1')), results(result('toolu_1'), text('And?'))];
    const later = [assistant(thought(PRESERVED, ...together), text('Wait.')), user];
    const apart = [user, assistant(use('toolu_1')), results(result('toolu_1')), results(text('And?'))];
    expect(refuseAnthropic(body(PRESERVED, ...together, ...later))).toBeUndefined();
    expect(refuseAnthropic(body(PRESERVED, ...apart, ...later))).toBeUndefined();
  });

  test('asks manual thinking only of the loop that the history ends in', () => {
    const done = [user, assistant(use('toolu_0')), results(result('toolu_0')), assistant(text('Done.')), user];
    const now = [assistant(thought(MANUAL, ...done), use('toolu_1')), results(result('toolu_1'))];
    expect(refuseAnthropic(body(MANUAL, ...done, ...now))).toBeUndefined();
  });

  test('binds a thinking block to what stands before it in its own message', () => {
    const begun = [user, assistant(text('Well.'))];
    const said = (before: string): object => assistant(text(before), thought(PRESERVED, ...begun), text('Hi'));
    expect(refuseAnthropic(body(PRESERVED, user, said('Well.'), user))).toBeUndefined();
    expect(refuseAnthropic(body(PRESERVED, user, said('Ill.'), user))?.rule).toBe('unboundThinkingBlock');
  });

  test('counts neither cache markers nor the order of JSON fields', () => {
    const call = (more: object): object => ({ ...use('toolu_1'), ...more });
    const before = [user, assistant(call({ input: { a: 1, b: 2 } })), results(result('toolu_1'))];
    const said = assistant(thought(PRESERVED, ...before), text('Hi'));
    const marked = call({ input: { b: 2, a: 1 }, cache_control: { type: 'ephemeral' } });
    expect(refuseAnthropic(body(PRESERVED, ...before.with(1, assistant(marked)), said, user))).toBeUndefined();
  });

  test.each([
    { model: 'claude-fable-5', binds: false },
    { model: 'claude-fable-5-1', binds: true },
    { model: 'claude-sonnet-5-5-20260901', binds: true },
    { model: 'claude-opus-5-20260701', binds: false },
    { model: 'claude-opus-6', binds: true },
  ])('binds the thinking of $model: $binds', ({ model, binds }) => {
    const refusal = refuseAnthropic({ ...body(model, ...preserved), system: 'Be long' });
    expect(refusal?.rule).toBe(binds ? 'unboundThinkingBlock' : undefined);
  });

  test('makes a signature that cannot be moved to other hashes', () => {
    const { signature } = thought(PRESERVED, user);
    const [, ...rest] = signature.split('.');
    const forged = { ...thought(PRESERVED, user), signature: ['AAAAAAAAAAAA', ...rest].join('.') };
    const history = body(PRESERVED, user, assistant(forged, text('Hi')), user);
    expect(refuseAnthropic(history)?.rule).toBe('invalidThinkingSignature');
  });
});
