import { describe, expect, test } from 'vitest';
import { openaiResponsesRules, refuseOpenAIResponses } from './openai-responses-rules.ts';

const user = { role: 'user', content: [{ type: 'input_text', text: 'Render my script' }] };
const says = { role: 'assistant', content: 'I start the render.' };
const call = (callId: unknown, more: object = {}): object => ({
  type: 'function_call',
  call_id: callId,
  name: 'render',
  arguments: '{"script":"s"}',
  ...more,
});
const output = (callId: string, text: unknown = '{"url":"u"}'): object => ({
  type: 'function_call_output',
  call_id: callId,
  output: text,
});
const awaits = (callId: string): object =>
  call(callId, { name: 'await_async_result', arguments: '{"handle":"render_k3f9"}' });
const tool = (name: string, more: object = {}): object => ({
  type: 'function',
  name,
  parameters: { type: 'object', properties: {} },
  ...more,
});
const body = (...input: readonly unknown[]): object => ({ model: 'gpt-5', input });
const gpt6 = (...input: readonly unknown[]): object => ({ model: 'gpt-6', input });
const native = (callId: string): object => call(callId, { async: true });

type Golden = {
  refuses: string;
  rule: string;
  bad: object;
  good: object;
  message: string;
  param?: string;
  code?: string;
};

const goldens: readonly Golden[] = [
  {
    refuses: 'a request without a model',
    rule: 'missingResponsesModel',
    bad: { input: 'Hi' },
    good: { model: 'gpt-5', input: 'Hi' },
    message: "Missing required parameter: 'model'.",
    param: 'model',
    code: 'missing_required_parameter',
  },
  {
    refuses: 'an empty input',
    rule: 'emptyResponsesInput',
    bad: body(),
    good: body(user),
    message: `One of "input" or "previous_response_id" or 'prompt' or 'conversation_id' must be provided.`,
    code: 'missing_required_parameter',
  },
  {
    refuses: 'an unknown parameter',
    rule: 'unknownResponsesParameter',
    bad: { ...body(user), messages: [] },
    good: { ...body(user), metadata: {} },
    message: "Unknown parameter: 'messages'.",
    param: 'messages',
    code: 'unknown_parameter',
  },
  {
    refuses: 'an unknown role',
    rule: 'unknownResponsesItem',
    bad: body({ role: 'tool', content: 'x' }),
    good: body({ role: 'developer', content: 'x' }),
    message: "Invalid value: 'tool'. Supported values are: 'assistant', 'system', 'developer', and 'user'.",
    param: 'input[0].role',
    code: 'invalid_value',
  },
  {
    refuses: 'an unknown field of an item',
    rule: 'unknownResponsesItemField',
    bad: body(user, call('call_1', { parsed_arguments: {} }), output('call_1')),
    good: body(user, call('call_1', { status: 'completed' }), output('call_1')),
    message: "Unknown parameter: 'input[1].parsed_arguments'.",
    param: 'input[1].parsed_arguments',
    code: 'unknown_parameter',
  },
  {
    refuses: 'a native async call of a model before GPT-6',
    rule: 'unknownResponsesItemField',
    bad: body(user, native('call_1')),
    good: gpt6(user, native('call_1')),
    message: "Unknown parameter: 'input[1].async'.",
    param: 'input[1].async',
    code: 'unknown_parameter',
  },
  {
    refuses: 'input text said by the assistant',
    rule: 'invalidResponsesContent',
    bad: body(user, { role: 'assistant', content: [{ type: 'input_text', text: 'Hi' }] }),
    good: body(user, { role: 'assistant', content: [{ type: 'output_text', text: 'Hi' }] }),
    message: "Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'.",
    param: 'input[1].content[0]',
    code: 'invalid_value',
  },
  {
    refuses: 'a call id of more than 64 characters',
    rule: 'malformedResponsesCallId',
    bad: body(user, call('c'.repeat(65)), output('c'.repeat(65))),
    good: body(user, call('c'.repeat(64)), output('c'.repeat(64))),
    message:
      "Invalid 'input[1].call_id': string too long. Expected a string with maximum length 64, but got a string with length 65 instead.",
    param: 'input[1].call_id',
    code: 'string_above_max_length',
  },
  {
    refuses: 'a result that names no call',
    rule: 'malformedResponsesCallId',
    bad: body(user, call('call_1'), { type: 'function_call_output', output: 'x' }),
    good: body(user, call('call_1'), output('call_1', 'x')),
    message: "Missing required parameter: 'input[2].call_id'.",
    param: 'input[2].call_id',
    code: 'missing_required_parameter',
  },
  {
    refuses: 'a malformed name in a call',
    rule: 'malformedResponsesCall',
    bad: body(user, call('call_1', { name: 'render video' }), output('call_1')),
    good: body(user, call('call_1', { name: 'render-video' }), output('call_1')),
    message:
      "Invalid 'input[1].name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
    param: 'input[1].name',
    code: 'invalid_value',
  },
  {
    refuses: 'arguments that are cut short',
    rule: 'malformedResponsesCall',
    bad: body(user, call('call_1', { arguments: '{"a":' }), output('call_1')),
    good: body(user, call('call_1', { arguments: '{}' }), output('call_1')),
    message: "Invalid 'input[1].arguments': arguments must be a valid JSON object string.",
    param: 'input[1].arguments',
    code: 'invalid_value',
  },
  {
    refuses: 'a result without an output',
    rule: 'malformedResponsesOutput',
    bad: body(user, call('call_1'), output('call_1', null)),
    good: body(user, call('call_1'), output('call_1', [{ type: 'input_text', text: 'x' }])),
    message: "Invalid type for 'input[2].output': expected one of an array of objects or string, but got null instead.",
    param: 'input[2].output',
    code: 'invalid_type',
  },
  {
    refuses: 'a native async tool for a model before GPT-6',
    rule: 'malformedResponsesTool',
    bad: { ...body(user), tools: [tool('render', { async: true })] },
    good: { ...gpt6(user), tools: [tool('render', { async: true })] },
    message: "Unknown parameter: 'tools[0].async'.",
    param: 'tools[0].async',
    code: 'unknown_parameter',
  },
  {
    refuses: 'a native async custom tool for a model before GPT-6',
    rule: 'malformedResponsesTool',
    bad: { ...body(user), tools: [{ type: 'custom', name: 'render', async: true }] },
    good: { ...gpt6(user), tools: [{ type: 'custom', name: 'render', async: true }] },
    message: "Unknown parameter: 'tools[0].async'.",
    param: 'tools[0].async',
    code: 'unknown_parameter',
  },
  {
    refuses: 'a tool that is neither async nor not',
    rule: 'malformedResponsesTool',
    bad: { ...gpt6(user), tools: [tool('render', { async: 'yes' })] },
    good: { ...gpt6(user), tools: [tool('render', { async: false })] },
    message: "Invalid type for 'tools[0].async': expected a boolean, but got a string instead.",
    param: 'tools[0].async',
    code: 'invalid_type',
  },
  {
    refuses: 'one item twice',
    rule: 'duplicateResponsesItem',
    bad: body(user, call('call_1', { id: 'fc_1' }), call('call_2', { id: 'fc_1' }), output('call_1'), output('call_2')),
    good: body(
      user,
      call('call_1', { id: 'fc_1' }),
      call('call_2', { id: 'fc_2' }),
      output('call_1'),
      output('call_2'),
    ),
    message: 'Duplicate item found with id fc_1. Remove duplicate items from your input and try again.',
  },
  {
    refuses: 'one call id on two calls of the history',
    rule: 'duplicateResponsesCallId',
    bad: body(user, call('call_1'), output('call_1'), call('call_1'), output('call_1')),
    good: body(user, call('call_1'), output('call_1'), call('call_2'), output('call_2')),
    message: "Duplicate 'call_id': call_1",
  },
  {
    refuses: 'a result without a call',
    rule: 'responsesOutputWithoutCall',
    bad: body(user, output('call_1')),
    good: body(user, call('call_1'), output('call_1')),
    message: 'No tool call found for function call output with call_id call_1.',
  },
  {
    refuses: 'a result before its call',
    rule: 'responsesOutputWithoutCall',
    bad: body(user, output('call_1'), call('call_1')),
    good: body(user, call('call_1'), output('call_1')),
    message: 'No tool call found for function call output with call_id call_1.',
  },
  {
    refuses: 'a second result for one call',
    rule: 'duplicateResponsesOutput',
    bad: body(user, call('call_1'), output('call_1', 'dispatched'), user, output('call_1')),
    good: body(user, call('call_1'), output('call_1', 'dispatched'), user, awaits('call_2'), output('call_2')),
    message: 'Duplicate function_call_output for call_id call_1.',
  },
  {
    refuses: 'a second late result for one native async call',
    rule: 'duplicateResponsesOutput',
    bad: gpt6(user, native('call_1'), user, output('call_1'), says, user, output('call_1')),
    good: gpt6(user, native('call_1'), user, output('call_1'), says, user),
    message: 'Duplicate function_call_output for call_id call_1.',
  },
  {
    refuses: 'a late result of a native async call that is not in the history',
    rule: 'responsesOutputWithoutCall',
    bad: gpt6(user, native('call_1'), user, output('call_2')),
    good: gpt6(user, native('call_1'), user, output('call_1')),
    message: 'No tool call found for function call output with call_id call_2.',
  },
  {
    refuses: 'an open call that its item does not call async, whatever the model',
    rule: 'unansweredResponsesCall',
    bad: { ...gpt6(user, call('call_1'), says, user), tools: [tool('render', { async: true })] },
    good: { ...gpt6(user, native('call_1'), says, user), tools: [tool('render', { async: true })] },
    message: 'No tool output found for function call call_1.',
  },
  {
    refuses: 'an open call whose item says that it is not async',
    rule: 'unansweredResponsesCall',
    bad: gpt6(user, call('call_1', { async: false })),
    good: gpt6(user, call('call_1', { async: false }), output('call_1')),
    message: 'No tool output found for function call call_1.',
  },
  {
    refuses: 'a call that is not answered at the end',
    rule: 'unansweredResponsesCall',
    bad: body(user, call('call_1'), call('call_2'), output('call_1')),
    good: body(user, call('call_1'), call('call_2'), output('call_1'), output('call_2')),
    message: 'No tool output found for function call call_2.',
  },
  {
    refuses: 'a call that is not answered before the next user message',
    rule: 'unansweredResponsesCall',
    bad: body(user, call('call_1'), user, output('call_1')),
    good: body(user, call('call_1'), output('call_1'), user),
    message: 'No tool output found for function call call_1.',
  },
  {
    refuses: "a call that is not answered before the model's next turn",
    rule: 'unansweredResponsesCall',
    bad: body(user, call('call_1'), call('call_2'), output('call_1'), says, output('call_2')),
    good: body(user, call('call_1'), says, call('call_2'), output('call_2'), output('call_1')),
    message: 'No tool output found for function call call_2.',
  },
];

describe('OpenAI Responses', () => {
  test.each(goldens)('refuses $refuses', ({ rule, bad, message, param = 'input', code = null }) => {
    expect(refuseOpenAIResponses(bad)).toEqual({
      rule,
      status: 400,
      type: 'invalid_request_error',
      message,
      param,
      code,
    });
  });

  test.each(goldens)('accepts the nearest good body to: $refuses', ({ good }) => {
    expect(refuseOpenAIResponses(good)).toBeUndefined();
  });

  test('has a golden bad body for every rule', () => {
    expect(new Set(goldens.map(({ rule }) => rule))).toEqual(new Set(openaiResponsesRules.map(({ name }) => name)));
  });

  test.each([[null], [[]], ['text'], [7]])('refuses a body that is no object: %j', (value) => {
    expect(refuseOpenAIResponses(value)?.rule).toBe('missingResponsesModel');
  });

  test('accepts a synthetic call pair right behind an answered call', () => {
    const history = body(
      user,
      says,
      call('call_1'),
      output('call_1', 'dispatched'),
      awaits('call_2'),
      output('call_2'),
    );
    expect(refuseOpenAIResponses({ ...history, tools: [tool('render')] })).toBeUndefined();
  });

  test.each([
    { model: 'gpt-6', takes: true },
    { model: 'gpt-6-astra', takes: true },
    { model: 'gpt-6.1-mini', takes: true },
    { model: 'gpt-10', takes: true },
    { model: 'gpt-5.6', takes: false },
    { model: 'o4-mini', takes: false },
    { model: 'gpt-4o', takes: false },
    { model: 'ft:gpt-6:mine', takes: false },
  ])('takes native async tools for $model: $takes', ({ model, takes }) => {
    const refusal = refuseOpenAIResponses({ ...body(user), model, tools: [tool('render', { async: true })] });
    expect(refusal === undefined).toBe(takes);
  });

  test('accepts native async calls next to sync ones, and their results in any order behind any turn', () => {
    const history = gpt6(
      user,
      native('call_1'),
      native('call_2'),
      call('call_3'),
      output('call_3'),
      says,
      user,
      output('call_2'),
      call('call_4'),
      output('call_4'),
      user,
      output('call_1'),
    );
    expect(refuseOpenAIResponses(history)).toBeUndefined();
  });

  test('leaves a result of a stored call to the server that stores', () => {
    expect(refuseOpenAIResponses({ ...body(output('call_1')), previous_response_id: 'resp_1' })).toBeUndefined();
  });
});
