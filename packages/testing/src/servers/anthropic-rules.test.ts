import { describe, expect, test } from 'vitest';
import { anthropicRules, refuseAnthropic } from './anthropic-rules.ts';
import { anthropicThinkingRules } from './anthropic-thinking-rules.ts';

const render = { name: 'render', description: 'Renders', input_schema: { type: 'object', properties: {} } };
const user = { role: 'user', content: [{ type: 'text', text: 'Render my script' }] };
const text = (said: string): object => ({ type: 'text', text: said });
const use = (id: unknown, more: object = {}): object => ({ type: 'tool_use', id, name: 'render', input: {}, ...more });
const result = (id: string, content: unknown = '{"url":"u"}'): object => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
});
const assistant = (...content: readonly object[]): object => ({ role: 'assistant', content });
const results = (...content: readonly object[]): object => ({ role: 'user', content });
const body = (...messages: readonly unknown[]): object => ({
  model: 'claude-sonnet-4-5',
  max_tokens: 1024,
  tools: [render],
  messages,
});
const unanswered = (index: number, ids: string): string =>
  `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;

type Golden = { refuses: string; rule: string; bad: object; good: object; message: string };

const goldens: readonly Golden[] = [
  {
    refuses: 'a request without a token limit',
    rule: 'missingAnthropicField',
    bad: { model: 'claude-sonnet-4-5', messages: [user] },
    good: body(user),
    message: 'max_tokens: Field required',
  },
  {
    refuses: 'an empty history',
    rule: 'emptyAnthropicMessages',
    bad: body(),
    good: body(user),
    message: 'messages: at least one message is required',
  },
  {
    refuses: 'an unknown field',
    rule: 'unknownAnthropicField',
    bad: { ...body(user), latecall: {} },
    good: { ...body(user), metadata: { user_id: 'someone' } },
    message: 'latecall: Extra inputs are not permitted',
  },
  {
    refuses: 'the tool role of other providers',
    rule: 'unknownAnthropicRole',
    bad: body(user, { role: 'tool', content: 'x' }),
    good: body(user, { role: 'user', content: 'x' }),
    message:
      'messages: Unexpected role "tool". Allowed roles are "user" or "assistant". For instructions on how to use tools, see https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview.',
  },
  {
    refuses: 'a history that begins with the assistant',
    rule: 'anthropicFirstRole',
    bad: body(assistant(text('Hi')), user),
    good: body(user, assistant(text('Hi')), user),
    message: 'messages: first message must use the "user" role',
  },
  {
    refuses: 'a malformed tool name',
    rule: 'malformedAnthropicTool',
    bad: { ...body(user), tools: [{ ...render, name: 'caldav.render' }] },
    good: { ...body(user), tools: [{ ...render, name: 'n'.repeat(128) }] },
    message: "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
  },
  {
    refuses: "a native async tool, which is OpenAI's",
    rule: 'malformedAnthropicTool',
    bad: { ...body(user), tools: [{ ...render, async: true }] },
    good: { ...body(user), tools: [{ ...render, strict: true }] },
    message: 'tools.0.custom.async: Extra inputs are not permitted',
  },
  {
    refuses: 'a tool name twice',
    rule: 'duplicateAnthropicTool',
    bad: { ...body(user), tools: [render, render] },
    good: { ...body(user), tools: [render, { ...render, name: 'other' }] },
    message: 'tools: Tool names must be unique.',
  },
  {
    refuses: 'an unknown field of a message',
    rule: 'unknownAnthropicMessageField',
    bad: body({ ...user, providerOptions: {} }),
    good: body(user),
    message: 'messages.0.providerOptions: Extra inputs are not permitted',
  },
  {
    refuses: 'an empty message in the middle',
    rule: 'emptyAnthropicContent',
    bad: body(user, assistant(), user),
    good: body(user, assistant()),
    message: 'messages.1: all messages must have non-empty content except for the optional final assistant message',
  },
  {
    refuses: 'a block of another provider',
    rule: 'unknownAnthropicBlock',
    bad: body({ role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }),
    good: body({ role: 'user', content: [{ type: 'text', text: 'Hi' }] }),
    message: "messages.0.content.0: Input tag 'input_text' found using 'type' does not match any of the expected tags",
  },
  {
    refuses: 'an unknown field of a block',
    rule: 'unknownAnthropicBlockField',
    bad: body(user, assistant(use('toolu_1', { index: 0 })), results(result('toolu_1'))),
    good: body(user, assistant(use('toolu_1')), results(result('toolu_1'))),
    message: 'messages.1.content.0.tool_use.index: Extra inputs are not permitted',
  },
  {
    refuses: 'an empty text block',
    rule: 'emptyAnthropicText',
    bad: body(user, assistant(text(''), use('toolu_1')), results(result('toolu_1'))),
    good: body(user, assistant(text('Hi'), use('toolu_1')), results(result('toolu_1'))),
    message: 'messages: text content blocks must be non-empty',
  },
  {
    refuses: 'an empty system text',
    rule: 'emptyAnthropicText',
    bad: { ...body(user), system: [text('')] },
    good: { ...body(user), system: [text('Be brief')] },
    message: 'system: text content blocks must be non-empty',
  },
  {
    refuses: 'a text block of white space',
    rule: 'emptyAnthropicText',
    bad: body(user, assistant(text('\n\n')), user),
    good: body(user, assistant(text('Hi\n\n')), user),
    message: 'messages: text content blocks must contain non-whitespace text',
  },
  {
    refuses: 'a malformed call id',
    rule: 'malformedToolUseId',
    bad: body(user, assistant(use('render:1')), results(result('render:1'))),
    good: body(user, assistant(use('render-1')), results(result('render-1'))),
    message: "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'",
  },
  {
    refuses: 'arguments that are no object',
    rule: 'malformedToolUse',
    bad: body(user, assistant(use('toolu_1', { input: '{"script":' })), results(result('toolu_1'))),
    good: body(user, assistant(use('toolu_1', { input: { script: 's' } })), results(result('toolu_1'))),
    message: 'messages.1.content.0.tool_use.input: Input should be a valid dictionary',
  },
  {
    refuses: 'white space at the end of an answer begun for the model',
    rule: 'trailingAnthropicWhitespace',
    bad: body(user, assistant(text('The answer is '))),
    good: body(user, assistant(text('The answer is'))),
    message: 'messages: final assistant content cannot end with trailing whitespace',
  },
  {
    refuses: 'an answer begun for a model that takes none',
    rule: 'anthropicPrefill',
    bad: { ...body(user, assistant(text('The answer is'))), model: 'claude-opus-4-6' },
    good: { ...body(user, assistant(text('The answer is'))), model: 'claude-opus-4-5' },
    message: 'This model does not support assistant message prefill. The conversation must end with a user message.',
  },
  {
    refuses: 'a result said by the assistant',
    rule: 'misplacedToolBlock',
    bad: body(user, assistant(use('toolu_1'), result('toolu_1'))),
    good: body(user, assistant(use('toolu_1')), results(result('toolu_1'))),
    message: 'messages.1: `tool_result` blocks can only be in `user` messages',
  },
  {
    refuses: 'a call said by the user',
    rule: 'misplacedToolBlock',
    bad: body(results(use('toolu_1'))),
    good: body(user, assistant(use('toolu_1')), results(result('toolu_1'))),
    message: 'messages.0: `tool_use` blocks can only be in `assistant` messages',
  },
  {
    refuses: 'one call id on two calls of the history',
    rule: 'duplicateToolUseId',
    bad: body(user, assistant(use('toolu_1'), use('toolu_1')), results(result('toolu_1'))),
    good: body(user, assistant(use('toolu_1'), use('toolu_2')), results(result('toolu_1'), result('toolu_2'))),
    message: 'messages.1.content.1: `tool_use` ids must be unique',
  },
  {
    refuses: 'a result without a call',
    rule: 'toolResultWithoutCall',
    bad: body(results(result('toolu_1'))),
    good: body(user, assistant(use('toolu_1')), results(result('toolu_1'))),
    message:
      'messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_1. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.',
  },
  {
    refuses: 'a late result behind another message',
    rule: 'toolResultWithoutCall',
    bad: body(
      user,
      assistant(use('toolu_1')),
      results(result('toolu_1')),
      assistant(text('Ok')),
      results(result('toolu_1')),
    ),
    good: body(user, assistant(use('toolu_1')), results(result('toolu_1')), assistant(text('Ok')), user),
    message:
      'messages.4.content.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_1. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.',
  },
  {
    refuses: 'a second result for one call',
    rule: 'duplicateToolResult',
    bad: body(user, assistant(use('toolu_1')), results(result('toolu_1'), result('toolu_1'))),
    good: body(user, assistant(use('toolu_1')), results(result('toolu_1'))),
    message:
      'messages.2.content.1: each tool_use must have a single result. Found multiple `tool_result` blocks with id: toolu_1',
  },
  {
    refuses: 'a call that is not answered at the end',
    rule: 'unansweredToolUse',
    bad: body(user, assistant(use('toolu_1'))),
    good: body(user, assistant(use('toolu_1')), results(result('toolu_1'))),
    message: unanswered(1, 'toolu_1'),
  },
  {
    refuses: 'calls that are not answered in the next message',
    rule: 'unansweredToolUse',
    bad: body(user, assistant(use('toolu_1'), use('toolu_2')), user),
    good: body(
      user,
      assistant(use('toolu_1'), use('toolu_2')),
      results(result('toolu_2'), result('toolu_1'), text('And?')),
    ),
    message: unanswered(1, 'toolu_1, toolu_2'),
  },
  {
    refuses: 'text before a result',
    rule: 'unansweredToolUse',
    bad: body(user, assistant(use('toolu_1')), results(text('Here it is'), result('toolu_1'))),
    good: body(user, assistant(use('toolu_1')), results(result('toolu_1'), text('Here it is'))),
    message: unanswered(1, 'toolu_1'),
  },
  {
    refuses: 'text between two results',
    rule: 'unansweredToolUse',
    bad: body(
      user,
      assistant(use('toolu_1'), use('toolu_2')),
      results(result('toolu_1'), text('And'), result('toolu_2')),
    ),
    good: body(
      user,
      assistant(use('toolu_1'), use('toolu_2')),
      results(result('toolu_1'), result('toolu_2'), text('And')),
    ),
    message: unanswered(1, 'toolu_2'),
  },
  {
    refuses: 'text of the assistant behind its call',
    rule: 'unansweredToolUse',
    bad: body(user, assistant(use('toolu_1'), text('I will check.')), results(result('toolu_1'))),
    good: body(user, assistant(text('I will check.'), use('toolu_1')), results(result('toolu_1'))),
    message: unanswered(1, 'toolu_1'),
  },
  {
    refuses: 'results spread over two messages',
    rule: 'toolResultWithoutCall',
    bad: body(user, assistant(use('toolu_1'), use('toolu_2')), results(result('toolu_1')), results(result('toolu_2'))),
    good: body(user, assistant(use('toolu_1'), use('toolu_2')), results(result('toolu_1'), result('toolu_2'))),
    message:
      'messages.3.content.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_2. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.',
  },
  {
    refuses: 'tool blocks without tools',
    rule: 'toolBlocksWithoutTools',
    bad: { ...body(user, assistant(use('toolu_1')), results(result('toolu_1'))), tools: [] },
    good: body(user, assistant(use('toolu_1')), results(result('toolu_1'))),
    message: 'Requests which include `tool_use` or `tool_result` blocks must define tools.',
  },
];

describe('Anthropic Messages', () => {
  test.each(goldens)('refuses $refuses', ({ rule, bad, message }) => {
    expect(refuseAnthropic(bad)).toEqual({ rule, status: 400, type: 'invalid_request_error', message });
  });

  test.each(goldens)('accepts the nearest good body to: $refuses', ({ good }) => {
    expect(refuseAnthropic(good)).toBeUndefined();
  });

  test('has a golden bad body for every rule but those about thinking, which have their own file', () => {
    const rules = anthropicRules.filter((rule) => !anthropicThinkingRules.includes(rule));
    expect(new Set(goldens.map(({ rule }) => rule))).toEqual(new Set(rules.map(({ name }) => name)));
  });

  test.each([[null], [[]], ['text'], [7]])('refuses a body that is no object: %j', (value) => {
    expect(refuseAnthropic(value)?.rule).toBe('missingAnthropicField');
  });

  test('accepts two messages of the user in a row', () => {
    expect(refuseAnthropic(body(user, assistant(use('toolu_1')), results(result('toolu_1')), user))).toBeUndefined();
  });

  test('accepts a synthetic call pair right behind an answered call', () => {
    const history = body(
      user,
      assistant(text('I start it.'), use('toolu_1')),
      results(result('toolu_1', 'dispatched')),
      assistant(use('toolu_2', { name: 'await_async_result', input: { handle: 'render_k3f9' } })),
      results(result('toolu_2', [{ type: 'text', text: '{"url":"u"}' }]), text('And?')),
    );
    expect(refuseAnthropic(history)).toBeUndefined();
  });

  test('refuses a system message at the head', () => {
    expect(refuseAnthropic(body({ role: 'system', content: 'x' }, user))?.message).toBe(
      "messages.0: use the top-level 'system' parameter for the initial system prompt",
    );
  });
});
